import assert from 'node:assert/strict'
import { until } from '@flashsale/service-kit/wait.ts'
import { request, type TestAnswer } from '@flashsale/test-kit/http.ts'
import type { System } from '@flashsale/test-kit/system.ts'
import { asAuditor } from './auditor.ts'
import { asBuyers, codeOfProblem } from './buyer.ts'

const HOUR_MS = 3_600_000

type Facts = {
  stock: number
  perBuyerLimit: number
  priceMinor: number
  paymentWindowSeconds: number
  opensInMs: number
}
export type Sale = Awaited<ReturnType<typeof openSale>>

/** A sale as its operator, its buyers and its auditor see it: all through the gateway. */
export async function openSale(system: System, facts: Partial<Facts> = {}) {
  const { url, token } = system
  const admin = token('operator', 'admin')
  const sales = `${url}/v1/admin/sales`
  const body = newSale(facts)
  const created = await request(sales, { method: 'POST', token: admin, body })
  assert.equal(created.status, 201, JSON.stringify(created.body))
  const id: string = created.body.id

  return {
    id,
    operate: (what: string, units?: { units: number }) =>
      request(`${sales}/${id}/${what}`, { method: 'POST', token: admin, body: units }),
    /** Until buyers are told so: a gateway learns of units that came back within its next look. */
    async shows(state: 'open' | 'sold-out') {
      const told = async () => (await request(`${url}/v1/sales/${id}`)).body.state === state
      await until(told, { timeoutMs: 10_000, what: `the sale to show as ${state}` })
    },
    ...asBuyers(system, id),
    ...asAuditor(system, id),
  }
}

export function newSale({ opensInMs = -1_000, ...facts }: Partial<Facts> = {}) {
  const now = Date.now()
  return {
    title: 'A kettle',
    sku: 'KETTLE-1',
    priceMinor: 9900,
    currency: 'EUR',
    stock: 100,
    perBuyerLimit: 1,
    opensAt: new Date(now + opensInMs).toISOString(),
    closesAt: new Date(now + HOUR_MS).toISOString(),
    paymentWindowSeconds: 600,
    admission: { mode: 'direct' },
    ...facts,
  }
}

/** `202 accepted`, `202 unconfirmed`, or status and problem code. */
export function outcome(answer: TestAnswer): string {
  return `${answer.status} ${answer.status < 400 ? answer.body.status : codeOfProblem(answer)}`
}
