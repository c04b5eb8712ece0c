import { randomUUID } from 'node:crypto'
import type { System } from '@flashsale/test-kit/system.ts'
import type { Caller } from './route-caller.ts'
import { openSale } from './sale.ts'

type World = { system: System; caller: Caller }

/** What everyone can be told of sales, without a token. */
export async function readSales({ system, caller: { expect } }: World): Promise<void> {
  const { id: saleId } = await openSale(system)
  const routes = { 'GET /v1/sales': {}, 'GET /v1/sales/{saleId}': { saleId } }
  for (const [route, params] of Object.entries(routes)) {
    const { headers } = await expect(route, { params }, '200')
    const ifNoneMatch = { 'if-none-match': String(headers.etag) }
    await expect(route, { params, headers: ifNoneMatch }, '304')
  }
  await expect('GET /v1/sales/{saleId}', { params: { saleId: randomUUID() } }, '404 sale-not-found')
}
