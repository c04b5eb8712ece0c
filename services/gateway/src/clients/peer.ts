import { Fault } from '@flashsale/service-kit/fault.ts'
import type { Answer, HttpClient, Outcome } from '@flashsale/service-kit/http-client.ts'
import { problemCode } from '@flashsale/service-kit/problem.ts'
import type { z } from 'zod'

/** A peer that can't be reached, does not answer in time, or answers that it can't. */
export type Unreachable = { kind: 'unreachable' }
export const unreachable: Unreachable = { kind: 'unreachable' }

/** The answer of a peer that could do its work, whatever it says; else undefined. */
export async function ask(
  http: HttpClient,
  call: Parameters<HttpClient['call']>[0],
): Promise<Answer | undefined> {
  return worked(await http.call(call))
}

export function worked(outcome: Outcome): Answer | undefined {
  return outcome.kind === 'answer' && outcome.status < 500 ? outcome : undefined
}

/** The code of a problem document. */
export const codeOf = (answer: Answer) => problemCode(answer.body)

/** The body of an answer that has the agreed form; anything else is a fault of ours. */
export function read<Schema extends z.ZodType>(schema: Schema, answer: Answer): z.output<Schema> {
  const parsed = schema.safeParse(answer.body)
  if (parsed.success) return parsed.data
  throw unexpected(answer, parsed.error.message)
}

export function unexpected({ status, body }: Answer, detail = 'no such answer was agreed') {
  return new Fault('gateway.unexpected-answer', 'a peer gave an unexpected answer', {
    status,
    body,
    detail,
  })
}

/** `?name=value&…` of what is defined. */
export function query(fields: Record<string, string | number | undefined>): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) params.set(name, String(value))
  }
  return params.size === 0 ? '' : `?${params}`
}
