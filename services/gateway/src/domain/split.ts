import type { SplitRule, Track } from '@flashsale/contracts/http/canary.ts'

/** `wanted` is what the caller's `x-flashsale-track` says. */
export type Asker = { buyerId: string; wanted?: string | undefined }
export type Split = {
  /** False: nobody gets the canary, and nobody needs to ask. */
  isOn: boolean
  trackOf(buyerId: string, wanted?: string): Track
}

const PARTS = 10_000 // a weight is a hundredth of a percent at the least
const offSplit: Split = { isOn: false, trackOf: () => 'stable' }

/**
 * The header where it is heeded, then the cohort, then the weight. A buyer's place among all buyers
 * follows from the id and the canary's release: a greater weight adds buyers and moves none, and another
 * release begins with others.
 */
export function createSplit(rule: SplitRule | null): Split {
  if (!rule || rule.rolledBack) return offSplit
  const isInCohort = cohortOf(rule.cohort)
  const salt = addText(FIRST, `${rule.release}:`)
  const parts = Math.round((rule.weightPercent / 100) * PARTS)
  return {
    isOn: rule.header || rule.cohort.length > 0 || parts > 0,
    trackOf(buyerId, wanted) {
      if (rule.header && (wanted === 'canary' || wanted === 'stable')) return wanted
      if (isInCohort(buyerId)) return 'canary'
      return placeOf(salt, buyerId) < parts ? 'canary' : 'stable'
    },
  }
}

function cohortOf(cohort: string[]): (buyerId: string) => boolean {
  const buyers = new Set(cohort.filter((one) => !one.endsWith('*')))
  const beginnings = cohort.filter((one) => one.endsWith('*')).map((one) => one.slice(0, -1))
  return (buyerId) => buyers.has(buyerId) || beginnings.some((start) => buyerId.startsWith(start))
}

const placeOf = (salt: number, buyerId: string) => mixed(addText(salt, buyerId)) % PARTS

// FNV-1a, and the last step of MurmurHash3, without which alike ids have alike places.
const FIRST = 0x811c9dc5

function addText(start: number, text: string): number {
  let hash = start
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

function mixed(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return (twice ^ (twice >>> 16)) >>> 0
}
