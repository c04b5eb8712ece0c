/** What clients have to do about a change: nothing can break, or something can. */
export type Change = { level: 'addition' | 'breaking'; call: string; text: string }
export type Step = 'none' | 'patch' | 'minor' | 'major'
type Version = [major: number, minor: number, patch: number]

const steps: Step[] = ['none', 'patch', 'minor', 'major']

/** A breaking change needs a major version, anything else that is told of the API a minor one. */
export function neededStep(changes: Change[]): Step {
  if (changes.some(({ level }) => level === 'breaking')) return 'major'
  return changes.length > 0 ? 'minor' : 'none'
}

/** From one version to the next; undefined where that is no step forward, or no version. */
export function stepBetween(from: string, to: string): Step | undefined {
  const [before, after] = [parse(from), parse(to)]
  if (!before || !after) return undefined
  const at = after.findIndex((part, index) => part !== before[index])
  if (at === -1) return 'none'
  if ((after[at] ?? 0) < (before[at] ?? 0)) return undefined
  return (['major', 'minor', 'patch'] as const)[at]
}

/** What is wrong with the version of a changed document; undefined when it is high enough. */
export function versionFault(from: string, to: string, changes: Change[]): string | undefined {
  const taken = stepBetween(from, to)
  if (taken === undefined) return `${to} is no version that can follow ${from}`
  const needed = neededStep(changes)
  if (steps.indexOf(taken) >= steps.indexOf(needed)) return undefined
  return `the changes need a ${needed} version: ${nextVersion(from, needed)} or higher, and it is ${to}`
}

function nextVersion(from: string, step: Step): string {
  const [major, minor, patch] = parse(from) ?? [0, 0, 0]
  if (step === 'major') return `${major + 1}.0.0`
  return step === 'minor' ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`
}

function parse(version: string): Version | undefined {
  const [, ...parts] = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.exec(version) ?? []
  const [major, minor, patch] = parts.map(Number)
  if (major === undefined || minor === undefined || patch === undefined) return undefined
  return [major, minor, patch]
}
