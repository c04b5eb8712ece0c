import assert from 'node:assert/strict'
import { request } from '@flashsale/test-kit/http.ts'
import type { System } from '@flashsale/test-kit/system.ts'
import type { openSale } from '../system/sale.ts'

type Sale = Awaited<ReturnType<typeof openSale>>

/** All that a sale does not do by itself, so that every script and list is asked for once. */
export async function operateAll({ url, token }: System, sale: Sale): Promise<void> {
  const admin = token('operator', 'admin')
  const call = async (method: 'GET' | 'PUT' | 'DELETE', path: string, body?: object) => {
    const answer = await request(`${url}/v1/admin/${path}`, { method, token: admin, body })
    assert.equal(answer.status, 200, `${method} ${path}: ${JSON.stringify(answer.body)}`)
  }
  const operate = async (what: string, units?: { units: number }) => {
    const answer = await sale.operate(what, units)
    assert.equal(answer.status, 200, `${what}: ${JSON.stringify(answer.body)}`)
  }
  await operate('pause')
  await operate('resume')
  await operate('restock', { units: 5 })
  await operate('withdraw', { units: 5 })
  await call('GET', 'sales') // by Prisma
  await call('GET', 'orders')
  await call('GET', `sales/${sale.id}/audit`)
  await call('PUT', 'limits', { buyer: { burst: 30, perSecond: 20 } })
  await call('PUT', 'banned-buyers/eve')
  await call('DELETE', 'banned-buyers/eve')
  await call('PUT', 'withdrawn-tokens', { jti: 'lost' })
}
