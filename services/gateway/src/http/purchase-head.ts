import type { IncomingMessage } from 'node:http'

const PATH = /^\/v1\/sales\/([0-9a-f-]{36})\/orders$/

/** What the head of a purchase says, as far as it is needed before the router. */
export type PurchaseHead = {
  saleId: string
  authorization: string | undefined
  key: string | undefined
  contentType: string | undefined
  /** 0 where it does not say. */
  contentBytes: number
}
type Field = 'authorization' | 'key' | 'contentType' | 'contentLength' | 'transferEncoding'

/** By the length of the name first: most headers are other ones. */
const fields = new Map<number, { name: string; field: Field }>(
  Object.entries({
    authorization: 'authorization',
    'idempotency-key': 'key',
    'content-type': 'contentType',
    'content-length': 'contentLength',
    'transfer-encoding': 'transferEncoding',
  } satisfies Record<string, Field>).map(([name, field]) => [name.length, { name, field }]),
)

/** Undefined for another request, and for a head that is odd: the router looks at both. */
export function readPurchaseHead({ method, url = '', rawHeaders }: IncomingMessage) {
  const saleId = method === 'POST' ? PATH.exec(url)?.[1] : undefined
  if (saleId === undefined) return undefined
  const said: Partial<Record<Field, string>> = {}
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = [rawHeaders[i], rawHeaders[i + 1]]
    const known = fields.get(name.length)
    if (known?.name !== name && known?.name !== name.toLowerCase()) continue
    if (said[known.field] !== undefined) return undefined // it is said twice
    said[known.field] = value
  }
  const { authorization, key, contentType, contentLength = '0', transferEncoding } = said
  if (transferEncoding !== undefined) return undefined
  const contentBytes = Number(contentLength)
  return { saleId, authorization, key, contentType, contentBytes } satisfies PurchaseHead
}
