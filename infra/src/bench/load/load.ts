/** What the generator is told to do. */
export type Load = {
  port: number
  /** Whole requests as they go over the wire, in this order. */
  requests: readonly string[]
  /** After the last request comes the first again; else the load ends with it. */
  again?: boolean
  connections: number
  spanMs: number
  /** So many arrive each second whatever the answers take; without it the next follows an answer. */
  perSecond?: number
  /** What counts: any other answer is told apart. */
  expect: Expected
}
export type Expected = { status: number; text?: string }

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
