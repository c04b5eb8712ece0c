import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { commit, machine } from '../../src/machine.ts'
import { parts } from '../../src/targets/options.ts'
import type { RatesFigure } from '../../src/targets/rates.ts'
import { runTargets } from '../../src/targets/run-targets.ts'
import type { Sizes } from '../../src/targets/sizes.ts'
import { page } from '../../src/targets/tables.ts'
import { temporaryFolder } from '../fake-part.ts'

const tiny: Sizes = {
  perSecond: 400,
  spanMs: 1_500,
  stockSeconds: [0.5],
  connections: 32,
  warmUp: { perSecond: 200, spanMs: 500, stockSeconds: 1 },
  search: { spanMs: 500, down: [200], up: [500] },
  scale: {
    rounds: 1,
    warmUpMs: 300,
    spanMs: 500,
    cores: 0.25,
    connectionsEach: 8,
    buyersPerSecond: 6_000,
  },
}
const isRoot = process.getuid?.() === 0 // only root may set control groups

test('the targets, tiny: every outcome has its row, and gateways run on their share', async (t) => {
  const stateDir = join(temporaryFolder(t), 'targets')
  const wanted = isRoot ? parts : (['rates'] as const)
  const measured = await runTargets({ stateDir, sizes: tiny, parts: wanted, external: {} })
  const { rates, scale } = measured
  assert.equal(rates?.length, 1)
  const [{ target, tried }] = rates as [RatesFigure]
  const { rows, answers, offered, stock } = target
  const names = rows.map(({ name }) => name)
  for (const name of ['accepted', 'sold out', 'refused for another reason', 'all']) {
    assert.ok(names.includes(name), `${names}`)
  }
  const sold = answers.accepted ?? 0
  assert.ok(sold > 0 && sold <= stock, `${sold} of ${stock}`)
  assert.equal(rows.at(-1)?.count, offered)
  assert.equal(tried.length, 1)
  if (isRoot) assert.ok(scale && scale.one.median > 0 && scale.efficiency.median > 0)
  const about = { commit: commit(), machine: machine(), date: new Date().toISOString() }
  const text = page({ ...about, command: './dev targets', tookMs: 1, ...measured })
  const words = ['400/s for 1.5 s', 'sold out', 'TP999', 'all targets', 'exact']
  for (const word of [...words, ...(isRoot ? ['T2 / (2 × T1)'] : [])]) {
    assert.ok(text.includes(word), word)
  }
})
