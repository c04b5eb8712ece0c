import { Fault } from '@flashsale/service-kit/fault.ts'
import type { Call, HttpClient } from '@flashsale/service-kit/http-client.ts'
import type { z } from 'zod'

export const NO_ANSWER = 'peer.no-answer'

/** The answer of a call that a job makes again until it is there: anything else is an error. */
export async function askPeer<Schema extends z.ZodType>(
  http: HttpClient,
  call: Call,
  schema: Schema,
): Promise<z.output<Schema>> {
  const outcome = await http.call({ again: true, ...call })
  if (outcome.kind !== 'answer' || outcome.status !== 200) {
    const { path } = call
    const status = outcome.kind === 'answer' ? outcome.status : outcome.kind
    throw new Fault(NO_ANSWER, 'a peer did not do its part', { path, status })
  }
  return schema.parse(outcome.body)
}
