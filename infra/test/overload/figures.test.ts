import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Outcome, outcomes } from '../../src/overload/crowd.ts'
import { aimsOf } from '../../src/overload/figures.ts'
import { phaseNames } from '../../src/overload/plan.ts'
import { roundOf } from '../../src/overload/round.ts'

const MS = 1_000
const phases = [
  { name: phaseNames.calm, spanMs: 4 * MS, perSecond: 50 },
  { name: phaseNames.high, spanMs: 4 * MS, perSecond: 80 },
  { name: phaseNames.full, spanMs: 2 * MS, perSecond: 300 },
  { name: phaseNames.burst, spanMs: 4 * MS, perSecond: 300 },
  { name: phaseNames.after, spanMs: 6 * MS, perSecond: 50 },
  { name: phaseNames.fullAgain, spanMs: 2 * MS, perSecond: 300 },
]
const burstAtMs = 10 * MS
const burstEndMs = 14 * MS
const endMs = 22 * MS

/** A hundred a second is the peak, on both sides of it; `burst` is what became of each arrival in it, in turn. */
function run(
  burst: readonly [Outcome, tookMs: number][],
  slowAfterMs = 0,
  slowAt: (atMs: number) => boolean = () => false,
  mib = 150,
) {
  const [arrived, took, said]: number[][] = [[], [], []]
  const add = (atMs: number, outcome: Outcome, ms: number) => {
    arrived?.push(atMs)
    took?.push(outcome === 'kept away' ? Number.NaN : ms)
    said?.push(outcomes.indexOf(outcome))
  }
  for (let atMs = 0; atMs < endMs; atMs += 10) {
    const isBurst = atMs >= burstAtMs && atMs < burstEndMs
    const isLate = atMs >= burstEndMs && atMs < burstEndMs + slowAfterMs
    const isSlow = isLate || slowAt(atMs)
    if (!isBurst) add(atMs, 'accepted', isSlow ? 100 : 5)
    else for (const [outcome, ms] of burst) add(atMs, outcome, ms)
  }
  const report = {
    arrivedMs: Float64Array.from(arrived ?? []),
    tookMs: Float64Array.from(took ?? []),
    said: Uint8Array.from(said ?? []),
    accepted: [],
    unconfirmed: [],
    busy: 0.2,
  }
  const memory = phases.map(({ name }, i) => {
    const fromMs = phases.slice(0, i).reduce((sum, { spanMs }) => sum + spanMs, 0)
    return { atMs: fromMs + 1, mib: name === phaseNames.burst ? mib : 100 }
  })
  return roundOf({ phases, report, memory })
}
const missedBy = (...rounds: ReturnType<typeof run>[]) =>
  aimsOf(rounds)
    .filter(({ isMet }) => !isMet)
    .map(({ what }) => what)

test('a gateway that sells on, sends the rest away at once and recovers meets all aims', () => {
  const figures = run([
    ['accepted', 15],
    ['503', 10],
    ['kept away', 0],
  ])
  assert.deepEqual(missedBy(figures), [])
  const burst = figures.phases[3]
  assert.deepEqual(
    [burst?.said.accepted, burst?.said['503'], burst?.said['kept away']],
    [100, 100, 100],
  )
  assert.deepEqual([figures.normalAfterMs, figures.peak], [0, 100])
})

test('the median of the rounds decides, and the highest of the memory', () => {
  const good: [Outcome, number][] = [
    ['accepted', 15],
    ['503', 10],
  ]
  const bad: [Outcome, number][] = [['503', 5]] // nothing is sold
  assert.deepEqual(missedBy(run(good), run(bad), run(good)), [])
  assert.deepEqual(missedBy(run(bad), run(good), run(bad)), ['goodput in the burst'])
  const grown = run(good, 0, () => false, 201)
  assert.deepEqual(missedBy(run(good), grown, run(good)), ['memory'])
  const [, , , goodput] = aimsOf([run(good), run(bad)])
  assert.deepEqual([goodput?.seen, goodput?.value], [[1, 0], 0.5])
})

test('slow answers, lost sales and a late recovery are each told', () => {
  const slow = ['p50 of all answers in the burst', 'sent away in the burst'] // nobody was
  assert.deepEqual(missedBy(run([['accepted', 21]])), slow)
  assert.deepEqual(missedBy(run([['503', 5]])), ['goodput in the burst'])
  const late = run([['accepted', 5]], 2_300)
  assert.deepEqual(missedBy(late), ['sent away in the burst', 'normal after the burst'])
  assert.equal(late.normalAfterMs, 2_250) // half of that window was normal
})

test('a run that never becomes normal again says so', () => {
  const never = run([['accepted', 5]], 4.5 * MS)
  assert.equal(never.normalAfterMs, undefined)
  assert.ok(missedBy(never).includes('normal after the burst'))
})

test('one disturbed window in two seconds is as normal as half load is; two are not', () => {
  const quick: [Outcome, number][] = [['accepted', 5]]
  const disturbed = (...atMs: number[]) =>
    run(quick, 0, (ms) => atMs.some((from) => ms >= from && ms < from + 250))
  const calm = disturbed(2_500)
  assert.deepEqual([calm.calmDisturbed, calm.normalAfterMs], [1 / 8, 0])
  assert.equal(disturbed(burstEndMs + 500).normalAfterMs, 0)
  assert.equal(disturbed(burstEndMs + 500, burstEndMs + 1_000).normalAfterMs, 750)
  assert.equal(disturbed(burstEndMs).normalAfterMs, 250) // what begins is normal itself
})
