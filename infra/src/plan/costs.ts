import { fitNonNegative } from './least-squares.ts'

/** What the system is asked to do, each kind of work with a cost of its own. */
export const works = ['accepted', 'refused', 'orders', 'payments'] as const
export type Work = (typeof works)[number]

/** One stretch of measured time. */
export type Step = {
  name: string
  seconds: number
  /** How many there were of each work, and for how many of the seconds it went on. */
  counts: Readonly<Record<Work, number>>
  busySeconds: Readonly<Record<Work, number>>
  /** CPU of each process, in milliseconds. */
  cpuMs: Readonly<Record<string, number>>
}

/** CPU of one process, in microseconds. */
export type Costs = {
  /** A second, whatever happens. */
  idle: number
  /** A second in which there is any work for it: rounds that its batches make, whatever is in them. */
  busy: number
  /** Each one. */
  each: Readonly<Partial<Record<Work, number>>>
}

// Who has a hand in what, by DESIGN's road of one purchase: what a process never sees can cost it nothing.
const hands: Record<string, readonly Work[]> = {
  gateway: ['accepted', 'refused', 'payments'],
  inventory: ['accepted', 'orders', 'payments'],
  redis: ['accepted', 'orders', 'payments'],
  order: ['orders', 'payments'],
  payment: ['orders', 'payments'],
  kafka: ['orders', 'payments'],
  bank: ['payments'],
  'postgres: inventory': ['orders', 'payments'],
  'postgres: order': ['orders', 'payments'],
  'postgres: payment': ['payments'],
  'postgres: shared': ['orders', 'payments'],
}
export const processes = Object.keys(hands)

export function fitCosts(steps: readonly Step[]): Record<string, Costs> {
  return Object.fromEntries(processes.map((process) => [process, costsOf(process, steps)]))
}

function costsOf(process: string, steps: readonly Step[]): Costs {
  const works = hands[process] ?? []
  const rows = steps.map((step) => [
    step.seconds,
    secondsOfAny(works, step),
    ...works.map((work) => step.counts[work]),
  ])
  const targets = steps.map(({ cpuMs }) => 1_000 * (cpuMs[process] ?? 0))
  const [idle = 0, busy = 0, ...each] = fitNonNegative(rows, targets)
  return { idle, busy, each: Object.fromEntries(works.map((work, i) => [work, each[i]])) }
}

/** A step's works all begin with it, and share the rounds of whoever does them. */
const secondsOfAny = (works: readonly Work[], { busySeconds }: Pick<Step, 'busySeconds'>) =>
  Math.max(...works.map((work) => busySeconds[work]))

/** What a step should have taken by these costs, in milliseconds. */
export function predictedMs(
  { idle, busy, each }: Costs,
  step: Omit<Step, 'cpuMs' | 'name'>,
): number {
  const own = works.filter((work) => each[work] !== undefined)
  const us = own.reduce(
    (sum, work) => sum + (each[work] ?? 0) * step.counts[work],
    idle * step.seconds + busy * secondsOfAny(own, step),
  )
  return us / 1_000
}

/** One step of all of them, as if they had followed each other without a pause. */
export function sumOf(steps: readonly Step[]): Omit<Step, 'name'> {
  const added = <Key extends string>(of: (step: Step) => Readonly<Record<Key, number>>) => {
    const sums: Partial<Record<Key, number>> = {}
    for (const step of steps) {
      for (const [key, value] of Object.entries<number>(of(step))) {
        sums[key as Key] = (sums[key as Key] ?? 0) + value
      }
    }
    return sums as Record<Key, number>
  }
  return {
    seconds: steps.reduce((sum, { seconds }) => sum + seconds, 0),
    counts: added(({ counts }) => counts),
    busySeconds: added(({ busySeconds }) => busySeconds),
    cpuMs: added(({ cpuMs }) => cpuMs),
  }
}

/** A process' predicted and measured CPU in one step. */
export type Compared = { process: string; predictedMs: number; measuredMs: number }

export function compare(costs: Record<string, Costs>, step: Omit<Step, 'name'>): Compared[] {
  return Object.entries(costs).map(([process, own]) => ({
    process,
    predictedMs: predictedMs(own, step),
    measuredMs: step.cpuMs[process] ?? 0,
  }))
}

/** Of the measured total. */
export function totalError(compared: readonly Compared[]): number {
  const sum = (of: (one: Compared) => number) => compared.reduce((all, one) => all + of(one), 0)
  const measured = sum(({ measuredMs }) => measuredMs)
  return Math.abs(sum(({ predictedMs }) => predictedMs) - measured) / measured
}
