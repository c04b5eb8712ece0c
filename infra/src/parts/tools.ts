import { PlainError } from '../plain-error.ts'
import { aptInstall, whyNoApt } from './apt.ts'
import { findOnPath } from './find-on-path.ts'

/** A program that a part needs, and the ways to it in the order in which they are tried. */
export type Tool = {
  name: string
  aptPackages: string[]
  /** What a person on macOS installs. */
  brew: string
  /** What else a person can do. */
  instead: string
  /** Whether one that was found can be used; any can where this is missing. */
  isGood?: (path: string) => boolean
  /** Without apt: from another registry into the tools folder. */
  fallback: Fallback
}
export type Fallback = {
  /** In words: what, and from where. */
  what: string
  /** The program, if it was fetched before. */
  kept(): string | undefined
  /** Why it can't be had here. */
  whyNot(): string | undefined
  fetch(): string
}

export type Way =
  | { kind: 'there'; path: string }
  | { kind: 'apt'; packages: string[] }
  | { kind: 'fallback'; what: string; because: string }
  | { kind: 'none'; why: string }

/** How `findOrInstall` would come to the tool here; nothing is fetched or changed. */
export function wayTo(tool: Tool): Way {
  const path = findGood(tool) ?? tool.fallback.kept()
  if (path) return { kind: 'there', path }
  const noApt = whyNoApt()
  if (!noApt) return { kind: 'apt', packages: tool.aptPackages }
  const noFallback = tool.fallback.whyNot()
  if (!noFallback) return { kind: 'fallback', what: tool.fallback.what, because: noApt }
  return { kind: 'none', why: whyNot(tool, [noApt, noFallback]) }
}

/** From PATH, else by apt, else by its fall-back, else one line that says what to do. */
export function findOrInstall(tool: Tool): string {
  const { name, aptPackages, fallback } = tool
  const way = wayTo(tool)
  const problems: string[] = []
  if (way.kind === 'there') return way.path
  if (way.kind === 'none') throw new PlainError(`could not get ${name}: ${way.why}`)
  if (way.kind === 'apt') {
    console.error(`${name} is missing: installing ${aptPackages.join(' ')} by apt`)
    const problem = aptInstall(aptPackages)
    const installed = findGood(tool)
    if (installed) return installed
    problems.push(problem ?? 'what apt has is too old, or not on PATH')
  }
  const noFallback = fallback.whyNot()
  if (noFallback)
    throw new PlainError(`could not get ${name}: ${whyNot(tool, [...problems, noFallback])}`)
  const because = problems[0] ?? whyNoApt()
  console.error(`${name} is missing, and ${because}: fetching ${fallback.what}`)
  try {
    return fallback.fetch()
  } catch (error) {
    if (!(error instanceof PlainError)) throw error
    throw new PlainError(`could not get ${name}: ${whyNot(tool, [...problems, error.message])}`)
  }
}

function findGood({ name, isGood = () => true }: Tool): string | undefined {
  const found = findOnPath(name)
  return found && isGood(found) ? found : undefined
}

/** The reasons, and what a person can do. */
export function whyNot(tool: Tool, problems: string[], platform = process.platform): string {
  const { aptPackages, brew, instead } = tool
  const install =
    platform === 'darwin' ? `brew install ${brew}` : `install ${aptPackages.join(' ')} yourself`
  return `${problems.join('; ')}: ${install}, or ${instead}`
}
