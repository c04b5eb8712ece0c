import assert from 'node:assert/strict'
import { judgeRedis } from '../src/domain/judge-redis.ts'
import { recordEntries } from '../src/ledger/record-entries.ts'
import { type RebuildDeps, rebuildSegment, type Step } from '../src/rebuild/rebuild-segment.ts'
import { acknowledge } from '../src/redis/acknowledge.ts'
import { saleKeys } from '../src/redis/sale-keys.ts'
import { quiet, type TestSale } from './sale.ts'

export const forget = (sale: TestSale) =>
  sale.redis.hset(saleKeys(sale.at).sale, 'run_id', 'the-server-before')
export const rebuild = async (sale: TestSale, between?: RebuildDeps['between']) => {
  const rebuilt = await rebuildSegment(
    { ...sale, log: quiet, ...(between && { between }) },
    sale.at,
  )
  await sale.register.refresh()
  sale.register.markRemembered(sale.saleId)
  return rebuilt
}
/** Between two steps of a rebuild, once. */
export const at = (wanted: Step, work: () => Promise<unknown>) => (step: Step) =>
  step === wanted ? work() : Promise.resolve()
export const record = async (sale: TestSale) => {
  const { entries } = await sale.inRedis()
  await recordEntries({ ...sale, log: quiet }, sale.at, entries)
  await acknowledge(
    sale.redis,
    sale.at,
    entries.map(({ id }) => id),
  )
}
/** R17 at rest: nothing is free and held, nothing is lost. */
export async function assertNoDrift(sale: TestSale) {
  const faults: string[] = []
  const ledger = await sale.inLedger()
  const inRedis = await sale.inRedis()
  const drift = judgeRedis(ledger, inRedis, ledger, (name) => faults.push(name)).size
  assert.deepEqual([drift, faults], [0, []])
}
export const kinds = async (results: Promise<{ kind: string }[]>) =>
  (await results).map((r) => r.kind)
