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
  const way = wayTo(tool)
  switch (way.kind) {
    case 'there':
      return way.path
    case 'apt':
      return byApt(tool)
    case 'fallback':
      return byFallback(tool, way.because)
    case 'none':
      throw new PlainError(`could not get ${tool.name}: ${way.why}`)
  }
}

function byApt(tool: Tool): string {
  const { name, aptPackages } = tool
  console.error(`${name} is missing: installing ${aptPackages.join(' ')} by apt`)
  const problem = aptInstall(aptPackages)
  return findGood(tool) ?? byFallback(tool, problem ?? 'apt has none that can be used')
}

function byFallback(tool: Tool, because: string): string {
  const { name, fallback } = tool
  const problem = fallback.whyNot()
  if (problem) throw new PlainError(`could not get ${name}: ${whyNot(tool, [because, problem])}`)
  console.error(`${name} is missing, and ${because}: fetching ${fallback.what}`)
  try {
    return fallback.fetch()
  } catch (error) {
    if (!(error instanceof PlainError)) throw error
    throw new PlainError(`could not get ${name}: ${whyNot(tool, [because, error.message])}`)
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
