import { table } from '../demo/tables.ts'
import type { RollBack } from './roll-backs.ts'
import { type Shares, shareOf } from './shares.ts'

export type CanaryFigures = {
  releases: { stable: string; canary: string }
  shares: Shares[]
  rollBacks: RollBack[]
  /** Calls that the canary could not take and stable did, while it was killed. */
  fellBack: number
}

export function tables({ releases, shares, rollBacks, fellBack }: CanaryFigures): string {
  const split = shares.map((one) => [
    one.step,
    one.stableCalls,
    one.canaryCalls,
    `${(100 * shareOf(one)).toFixed(1)} %`,
    one.stableBuyers,
    one.canaryBuyers,
    one.ofBoth,
  ])
  const left = rollBacks.map((one) => [
    `${one.service}: ${one.what}`,
    one.cause,
    (one.foundAfterMs / 1_000).toFixed(1),
    (one.everywhereAfterMs / 1_000).toFixed(2),
    one.callsAfter,
  ])
  return [
    `two releases · stable ${releases.stable} · canary ${releases.canary}`,
    table(
      [
        'order, by the split',
        'calls to stable',
        'to canary',
        'share',
        'buyers on stable',
        'on canary',
        'on both',
      ],
      split,
    ),
    table(
      [
        'a canary that went bad',
        'left for',
        'after, s',
        'then everywhere after, s',
        'calls after that',
      ],
      left,
    ),
    `${fellBack} calls went to stable because the canary could not be reached`,
  ].join('\n\n')
}
