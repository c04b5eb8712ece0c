import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SaleId } from '@flashsale/contracts/ids.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { moveSale } from '../src/db/sales.ts'
import { changePhase } from '../src/stock/change-sale.ts'
import { createSaleRegister } from '../src/stock/sale-register.ts'
import { testSale } from './sale.ts'

test('a refresh shows what was committed before it was asked for', async (t) => {
  const { db, saleId } = await testSale(t)
  const begun = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  let reads = 0
  const slow: Db = Object.create(db, {
    query: {
      value: async (...args: Parameters<Db['query']>) => {
        const rows = await db.query(...args)
        if (++reads === 1) {
          begun.resolve()
          await goOn.promise // its rows are old by now
        }
        return rows
      },
    },
  })
  const register = createSaleRegister(slow)
  const first = register.refresh()
  await begun.promise
  await moveSale(db, saleId, ['ready'], 'paused')
  const second = register.refresh()
  const third = register.refresh() // shares the second's reading
  goOn.resolve()
  await Promise.all([first, second, third])
  assert.equal(register.get(saleId)?.phase, 'paused')
  assert.equal(reads, 2)
})

test('pause and resume are decided by the ledger, not by what is in memory', async (t) => {
  const sale = await testSale(t)
  const stale = sale.sale()
  await moveSale(sale.db, sale.saleId as SaleId, ['ready'], 'paused')
  assert.deepEqual(await changePhase(sale.deps, stale, 'ready'), { kind: 'changed' })
  assert.equal(sale.sale().phase, 'ready')
})
