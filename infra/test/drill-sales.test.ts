import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '@flashsale/simulation/random.ts'
import { createTime } from '../src/demo/time.ts'
import type { openSaleRun, SaleRun, Shared } from '../src/drill/sale-run.ts'
import { createSales } from '../src/drill/sales.ts'

/** Sales that open when the test says so, and have nothing to settle. */
function slowDoor() {
  const opening: (() => void)[] = []
  const open = async (_: Shared, { stock }: { stock: number }) => {
    await new Promise<void>((go) => void opening.push(go))
    const run: Partial<SaleRun> = { id: `of ${stock}`, ageMs: () => 0, settle: async () => {} }
    return run as SaleRun
  }
  const openLast = async () => {
    while (opening.length === 0) await new Promise(setImmediate)
    opening.pop()?.() // of two that are on their way the later one is quicker
    await new Promise(setImmediate)
  }
  return { open: open as typeof openSaleRun, openLast }
}

test('a fresh sale is the newest one, also when it was wanted while another was opening', async () => {
  const time = createTime()
  const { open, openLast } = slowDoor()
  const sales = createSales({ time } as Shared, createRandom(1), open)
  await openLast() // the first of two that are kept open
  const asked = sales.fresh() // while the second is on its way
  await openLast()
  await openLast()
  const fresh = await asked
  assert.equal(sales.open().length, 2)
  assert.equal(sales.open().at(-1)?.id, fresh.id, 'else nobody is sent there')
  assert.equal(sales.all().length, 3)
  time.end()
})
