import { createSigner } from 'fast-jwt'
import { buyPath, openSale, saleBecomes } from './bench-sale.ts'
import { checkLedger } from './books.ts'
import { type BuyRequest, buyRequest, type Expected, type LoadReport } from './load/load.ts'
import { ThrownAway } from './thrown-away.ts'
import { type Aims, onTheRoad, type Setting, type Variant } from './variants.ts'

const inAnHourMs = 3_600_000
const keys = 5 // different ones of each buyer

type Refusal = {
  name: string
  aims: Aims
  expect: Expected
  requests: BuyRequest[]
}

/** Sales that stay as they are for the whole run, and requests that they refuse. */
export async function refusedVariants(setting: Setting): Promise<Variant[]> {
  const { world } = setting
  const refusals = await refusalsOf(setting)
  return refusals.map(({ name, aims, expect, requests }) => ({
    name,
    aims,
    async prepare() {
      return {
        port: world.gatewayPort,
        requests: requests.map(buyRequest),
        again: true,
        expect,
        processes: world.processes(),
        charged: onTheRoad,
        check: async (report: LoadReport) => nothingWasSold(name, report),
      }
    },
  }))
}

/** These sales give nothing: a purchase would be a fault, and no audit here would tell. */
function nothingWasSold(name: string, { accepted, unconfirmed }: LoadReport): undefined {
  const sold = accepted.length + unconfirmed.length
  if (sold > 0) throw new ThrownAway(`${name}: ${sold} were answered with 202`)
}

async function refusalsOf({ world }: Setting): Promise<Refusal[]> {
  const { saleId: soldOutId } = await openSoldOutSale({ world })
  const soldOut = buyPath(soldOutId)
  const notOpen = buyPath(await openSale(world, 1, inAnHourMs))
  const crowd = Array.from({ length: world.plan.crowd }, (_, i) => world.sign(`crowd-${i}`))
  const withoutKey = (path: string) => crowd.map((token) => ({ path, token }))
  const withKey = (path: string) =>
    Array.from({ length: keys }, (_, round) =>
      crowd.map((token) => ({ path, token, key: `key-${round}` })),
    ).flat()
  const no = (code: string): Expected => ({ status: 409, text: code })
  const unauthenticated = { status: 401, text: 'unauthenticated' }
  const bad = (tokens: string[]) => tokens.map((token) => ({ path: soldOut, token, key: 'key' }))
  const sold = no('sold-out')
  const closed = no('sale-not-open')
  return [
    { name: 'sold out, no key', aims: { rate: 1 }, expect: sold, requests: withoutKey(soldOut) },
    {
      name: 'sold out, token and key',
      aims: { rate: 0.75 },
      expect: sold,
      requests: withKey(soldOut),
    },
    { name: 'not open, no key', aims: { rate: 1 }, expect: closed, requests: withoutKey(notOpen) },
    {
      name: 'not open, token and key',
      aims: { rate: 0.75 },
      expect: closed,
      requests: withKey(notOpen),
    },
    {
      name: 'over the rate limit',
      aims: { rate: 0.75 },
      expect: { status: 429, text: 'rate-limited' },
      requests: [{ path: notOpen, token: world.sign('hasty'), key: 'key' }],
    },
    {
      name: 'malformed token',
      aims: { rate: 0.9 },
      expect: unauthenticated,
      requests: bad(['no.token']),
    },
    {
      name: 'expired token',
      aims: { rate: 0.9 },
      expect: unauthenticated,
      requests: bad(expired(world)),
    },
    {
      name: 'forged signature',
      aims: { rate: 0.55 },
      expect: unauthenticated,
      requests: bad(crowd.map(forged)),
    },
  ]
}

/** Its only unit was bought, and the gateway knows. */
export async function openSoldOutSale({ world }: Pick<Setting, 'world'>) {
  const saleId = await openSale(world, 1)
  const report = await world.generator.run({
    port: world.gatewayPort,
    requests: [buyRequest({ path: buyPath(saleId), token: world.sign('first') })],
    connections: 1,
    spanMs: 2_000,
    expect: { status: 202 },
  })
  if (report.accepted.length !== 1) throw new ThrownAway('the only unit could not be bought')
  await checkLedger(world, saleId, report)
  await saleBecomes(world, saleId, 'sold-out')
  return { saleId, told: report }
}

/** Signed as they should be, an hour ago for a minute. */
function expired({ plan, stack }: Setting['world']): string[] {
  const sign = createSigner({ key: stack.settings.secrets.jwt, algorithm: 'HS256' })
  const nowSeconds = Math.floor(Date.now() / 1_000)
  const claims = { role: 'buyer', iat: nowSeconds - 3_600, exp: nowSeconds - 3_540 }
  return Array.from({ length: plan.crowd }, (_, i) => sign({ ...claims, sub: `late-${i}` }))
}

/** Another first character of the signature: another signature, of the right form. */
function forged(token: string): string {
  const at = token.lastIndexOf('.') + 1
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
}
