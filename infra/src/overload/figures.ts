import { median } from '../bench/statistics.ts'
import { phaseNames } from './plan.ts'
import { phaseIn, type Round } from './round.ts'

export type Aim = {
  what: string
  unit: string
  limit: number
  /** Of each round; infinite for what never came. */
  seen: number[]
  /** Their median; of the memory the highest. */
  value: number
  isMet: boolean
}

/** What is asked of the gateway, round by round. */
export function aimsOf(rounds: readonly Round[]): Aim[] {
  const each = (of: (round: Round) => number) => rounds.map(of)
  const p50 = ({ phases }: Round, name: string) => phaseIn(phases, name).p50Ms
  const burst = ({ phases }: Round) => phaseIn(phases, phaseNames.burst)
  const before = Math.min(...each(({ phases }) => phaseIn(phases, phaseNames.high).memoryMib))
  const highest = ({ phases }: Round) => Math.max(...phases.map(({ memoryMib }) => memoryMib))
  return [
    aim({
      what: 'p50 of all answers in the burst',
      seen: each((round) => p50(round, phaseNames.burst) / p50(round, phaseNames.high)),
      unit: '× p50 at 80 %',
      most: 4,
    }),
    aim({
      what: 'p50 at 80 %: calm enough to compare by',
      seen: each((round) => p50(round, phaseNames.high) / p50(round, phaseNames.calm)),
      unit: '× p50 at 50 %',
      most: 5,
    }),
    aim({
      what: 'sent away in the burst',
      seen: each((round) => burst(round).said['503'] + burst(round).said['429']),
      unit: 'a second',
      least: 1,
    }),
    aim({
      what: 'goodput in the burst',
      seen: each((round) => burst(round).said.accepted / round.peak),
      unit: 'of the peak',
      least: 0.85,
    }),
    aim({
      what: 'normal after the burst',
      seen: each(({ normalAfterMs }) => (normalAfterMs ?? Number.POSITIVE_INFINITY) / 1_000),
      unit: 's',
      most: 2,
    }),
    aim({
      what: 'memory',
      seen: each((round) => highest(round) / before),
      unit: '× least at 80 %',
      most: 2,
      value: Math.max, // one round without a bound is one too many
    }),
  ]
}

type Asked = {
  what: string
  seen: number[]
  unit: string
  value?: (...seen: number[]) => number
} & ({ most: number } | { least: number })

function aim(asked: Asked): Aim {
  const { what, seen, unit } = asked
  const value = asked.value ? asked.value(...seen) : median(seen)
  const isMet = 'most' in asked ? value <= asked.most : value >= asked.least
  return { what, unit, limit: 'most' in asked ? asked.most : asked.least, seen, value, isMet }
}
