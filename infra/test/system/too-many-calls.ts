import { randomUUID } from 'node:crypto'
import { until } from '@flashsale/service-kit/wait.ts'
import { request } from '@flashsale/test-kit/http.ts'
import type { System } from '@flashsale/test-kit/system.ts'
import { banRoutes } from './bans.ts'
import type { Caller } from './route-caller.ts'

const PAY = 'POST /v1/orders/{id}/payment'
const WAIT_MS = 60_000

/** Settings of a gateway: enough for all else that a test does, and soon spent. */
export const fewCalls = { PAYMENT_CALLS_PER_10S: '30', ADMIN_CALLS_PER_10S: '1000' }

type Wanted = { system: System; caller: Caller; ofAdmins: string[] }
type Spent = { times: string; token: string; method: 'GET' | 'POST'; path: string }

/** Every slow call is 429 to a caller who has spent what `fewCalls` gives. */
export async function callTooOften({ system, caller: { expect }, ofAdmins }: Wanted) {
  const params = { saleId: randomUUID(), id: 'no-order', buyer: 'no-buyer' }
  const operator = system.token('hasty operator', 'admin')
  const asAdmin = { token: operator, method: 'GET', path: '/v1/admin/limits' } as const
  await spend(system, { ...asAdmin, times: fewCalls.ADMIN_CALLS_PER_10S })
  for (const route of [...ofAdmins, ...banRoutes]) {
    await expect(route, { token: operator, params }, '429 rate-limited')
  }
  const buyer = system.token('hasty payer')
  const asBuyer = { token: buyer, method: 'POST', path: '/v1/orders/no-order/payment' } as const
  await spend(system, { ...asBuyer, times: fewCalls.PAYMENT_CALLS_PER_10S })
  await expect(PAY, { token: buyer, params }, '429 rate-limited')
}

/** More than once if need be: a call that Redis did not count in time is not in its count. */
async function spend({ url }: System, { times, token, method, path }: Spent) {
  const call = () => request(url + path, { method, token })
  const isSpent = async () => {
    const answers = await Promise.all(Array.from({ length: Number(times) + 1 }, call))
    return answers.some(({ status }) => status === 429)
  }
  await until(isSpent, { timeoutMs: WAIT_MS, what: `${times} calls to be all` })
}
