/** What the generator is told to do. */
export type Load = {
  port: number
  /** Of several instances: the connections are spread over them evenly, and `port` is not asked. */
  ports?: readonly number[]
  /** Whole requests as they go over the wire, in this order. */
  requests: readonly string[]
  /** After the last request comes the first again; else the load ends with it. */
  again?: boolean
  connections: number
  /** At most, over all connections in turn: the one that has rested longest is next. Else each is used again at once. */
  underWayMax?: number
  spanMs: number
  /** So many arrive each second whatever the answers take; without it the next follows an answer. */
  perSecond?: number
  /**
   * At a pace, a request arrives when it is due, and not when the generator next looks at its clock: a
   * generator that got no core is part of the latencies then, and is told.
   */
  whenDue?: true
  /** What counts: any other answer is told apart. */
  expect: Expected
  /** Answers to be told apart; each is of the first kind that fits. */
  kinds?: Readonly<Record<string, Expected>>
}
export type Expected = { status: number; text?: string }

export const lateMs = 10

export type LoadReport = {
  /** As expected, within the span. */
  counted: number
  countedMs: number
  /** As expected, also those that came after the span. */
  expected: number
  /** Whatever they said; `lost` is not among them. */
  answered: number
  /** By status, and `lost` for a connection that broke. */
  others: Record<string, number>
  /** From the arrival of a request to its answer, of all expected ones. */
  latenciesMs: Float64Array
  /** Named by 202s that said "accepted", and by those that did not. */
  accepted: string[]
  unconfirmed: string[]
  /** Which request each of `accepted` answers, by its place among `requests`. */
  acceptedRequests: number[]
  /** Latencies of every answer, whatever came, by kind; `other` where none fits. */
  byKind: Record<string, Float64Array>
  /** Sent more than `lateMs` after they arrived, and why: no core for the generator, no connection. */
  late: { generator: number; connection: number }
  /** As they went over the wire. */
  bytes: { sent: number; received: number }
  /** CPU that the generator itself took, as a share of one core. */
  busy: number
}

export type BuyRequest = { path: string; token?: string; key?: string }

const body = '{"quantity":1}'

export function buyRequest({ path, token, key }: BuyRequest): string {
  return [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    ...(token === undefined ? [] : [`authorization: Bearer ${token}`]),
    ...(key === undefined ? [] : [`idempotency-key: ${key}`]),
    'content-type: application/json',
    `content-length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
}

export function getRequest(path: string, token: string): string {
  const lines = [`GET ${path} HTTP/1.1`, 'host: 127.0.0.1', `authorization: Bearer ${token}`]
  return `${lines.join('\r\n')}\r\n\r\n`
}
