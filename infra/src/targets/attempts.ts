import { buyRequest, type Expected } from '../bench/load/load.ts'

// Out of a hundred attempts of a sale that people and their programs wait for.
const kindsOfHundred = { again: 2, hasty: 2, badToken: 1, badBody: 1 }
const againAfter = 450 // attempts: by no multiple of a hundred, else those asked again, too
const hastyBuyers = 10 // whose buckets are soon empty

/** How a rush's answers are told apart. */
export const answers: Record<string, Expected> = {
  accepted: { status: 202, text: '"accepted"' },
  'sold out': { status: 409, text: 'sold-out' },
  'limit reached': { status: 409, text: 'limit-reached' },
  'rate limited': { status: 429 },
  malformed: { status: 400 },
  unauthenticated: { status: 401 },
  'try later': { status: 503 },
  unconfirmed: { status: 202, text: '"unconfirmed"' },
}

type Rush = { path: string; count: number; sign: (user: string) => string }

/**
 * Requests in the order in which they come: nearly all of buyers of their own, each with a key as a shop
 * sends it; some who have asked ask again, programs that ask without a pause, and what is no request.
 */
export function rushRequests({ path, count, sign }: Rush): string[] {
  const requests: string[] = []
  const hasty = Array.from({ length: hastyBuyers }, (_, i) => sign(`hasty-${path}-${i}`))
  for (let i = 0; i < count; i++) {
    const [kind, key] = [kindOf(i), `key-${i}`]
    if (kind === 'badBody') requests.push(malformed(path, sign(`clumsy-${i}`)))
    else requests.push(buyRequest({ path, key, token: tokenOf(kind, i) }))
  }
  return requests

  function tokenOf(kind: Kind, i: number): string {
    if (kind === 'badToken') return 'no.token'
    if (kind === 'hasty') return hasty[Math.floor(i / 100) % hastyBuyers] as string
    const buyer = kind === 'again' ? Math.max(0, i - againAfter) : i
    return sign(`${path}-${buyer}`)
  }
}

type Kind = keyof typeof kindsOfHundred | 'buyer'

/** Spread over the hundred, and the same in every run. */
function kindOf(i: number): Kind {
  const place = (i * 37) % 100 // 37 and 100 have no common divisor: every place once
  let upTo = 0
  for (const [kind, share] of Object.entries(kindsOfHundred)) {
    upTo += share
    if (place < upTo) return kind as Kind
  }
  return 'buyer'
}

function malformed(path: string, token: string): string {
  const good = buyRequest({ path, token })
  return good.replace('"quantity"', '"quantify"') // of the same length
}
