import { Audit } from '@flashsale/contracts/http/audit.ts'
import { z } from 'zod'
import { PlainError } from '../plain-error.ts'
import { type Answer, createQueue, headersOf } from './calls.ts'

const connections = 4
const timeoutMs = 30_000

const Sale = z.object({ id: z.string(), state: z.string() })

/** The operator's calls; they never wait behind the buyers'. */
export function createDesk(url: string, token: string) {
  const queue = createQueue(url, { timeoutMs, connections })
  const headers = headersOf({ token })
  const admin = (method: 'GET' | 'POST', path: string, body?: unknown) =>
    queue.call({ method, path: `/v1/admin${path}`, body, headers })

  return {
    async createSale(sale: object) {
      return Sale.parse(must(await admin('POST', '/sales', sale), 201, 'the new sale').body)
    },
    async saleState(id: string): Promise<string | undefined> {
      const answer = await queue.call({ method: 'GET', path: `/v1/sales/${id}` })
      return answer?.status === 200 ? Sale.parse(answer.body).state : undefined
    },
    async restock(id: string, units: number): Promise<void> {
      must(await admin('POST', `/sales/${id}/restock`, { units }), 200, 'the restock')
    },
    /** False when fewer are free, or not now. */
    async withdraw(id: string, units: number): Promise<boolean> {
      const answer = await admin('POST', `/sales/${id}/withdraw`, { units })
      const isForLater = answer?.status === 503 || answer?.code === 'too-few-available'
      if (isForLater) return false
      must(answer, 200, 'the withdrawal')
      return true
    },
    async close(id: string): Promise<void> {
      must(await admin('POST', `/sales/${id}/close`), 200, 'the closing')
    },
    /** Undefined when the books could not be read now. */
    async audit(id: string): Promise<Audit | undefined> {
      const answer = await admin('GET', `/sales/${id}/audit`)
      if (answer === undefined || answer.status === 503) return undefined
      return Audit.parse(must(answer, 200, 'the audit').body)
    },
    leave: () => queue.close(),
  }
}
export type Desk = ReturnType<typeof createDesk>

function must(answer: Answer | undefined, status: number, what: string): Answer {
  if (answer?.status === status) return answer
  const got = answer ? `${answer.status} ${JSON.stringify(answer.body)}` : 'no answer'
  throw new PlainError(`${what}: ${got}`)
}
