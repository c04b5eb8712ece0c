import { type Asked, ask } from './ask.ts'
import type { Way } from './behaviours.ts'
import type { Buyer } from './cast.ts'
import type { Receipt } from './receipts.ts'
import type { Stage } from './stage.ts'

const botRequests = 30 // at once, and again until the limit answers
const botWavesMax = 6
const noticesLossMs = 150
const frontRowWithinMs = 3_000 // then the crowd waits no longer

type Play = (stage: Stage, buyer: Buyer) => Promise<Asked[]>

/** One way to ask each, as named in behaviours.ts; each says to the tally when its proof was seen. */
const playWay: Record<Way, Play> = {
  async plain(stage, buyer) {
    return [proveWon(stage, 'plain', await ask(stage, buyer, { ...buyer, key: 'first' }))]
  },

  async 'no-key'(stage, buyer) {
    return [proveWon(stage, 'no-key', await ask(stage, buyer, { quantity: buyer.quantity }))]
  },

  async 'double-click'(stage, buyer) {
    const wish = { key: 'click', quantity: buyer.quantity }
    const both = await Promise.all([ask(stage, buyer, wish), ask(stage, buyer, wish)])
    const won = both.filter((asked) => asked.kind === 'won')
    const orders = new Set(won.map(({ receipt }) => receipt.orderId))
    if (orders.size > 1) stage.tally.fault(`a double-click of ${buyer.name} gave two orders`)
    if (won.length === 2 && orders.size === 1) stage.tally.proved('double-click')
    return both
  },

  async 'lost-answer'(stage, buyer) {
    const { shop, saleId, tally } = stage
    const { quantity } = buyer
    const token = stage.sign(buyer.name)
    for (const when of ['at-once', 'at-answer'] as const) {
      await shop.buyAndHangUp(saleId, { token, key: 'lost', body: { quantity } }, when)
      await stage.time.pause(noticesLossMs)
    }
    const asked = await ask(stage, buyer, { key: 'lost', quantity })
    if (asked.kind === 'won' && asked.replayed) tally.proved('lost-answer')
    return [asked]
  },

  async 'two-devices'(stage, buyer) {
    const devices = ['phone', 'laptop'].map((key) => ask(stage, buyer, { key, quantity: 2 }))
    const asked = await Promise.all(devices)
    const won = asked.filter(({ kind }) => kind === 'won').length
    if (won > 1) stage.tally.fault(`${buyer.name} got past the limit with two devices`)
    const isRefused = asked.some((one) => one.kind === 'refused' && one.code === 'limit-reached')
    if (won === 1 && isRefused) stage.tally.proved('two-devices')
    return asked
  },

  async 'other-body'(stage, buyer) {
    const first = await ask(stage, buyer, { key: 'same', quantity: 1 })
    if (first.kind !== 'won') return [first]
    const second = await ask(stage, buyer, { key: 'same', quantity: 2 })
    if (second.kind === 'won') stage.tally.fault(`${buyer.name} used a key for two bodies`)
    if (second.kind === 'refused' && second.code === 'idempotency-mismatch') {
      stage.tally.proved('other-body')
    }
    return [first]
  },

  async 'too-early'(stage, buyer) {
    const early = await ask(stage, buyer, { key: 'early', quantity: buyer.quantity })
    if (early.kind === 'refused' && early.code === 'sale-not-open') {
      stage.tally.proved('too-early')
    }
    if (early.kind === 'won') {
      const isEarly = performance.now() < stage.opensAt // a slow machine may have sent it too late
      if (isEarly) stage.tally.fault(`${buyer.name} got units before the opening`)
      return [early]
    }
    await letFrontRowIn(stage)
    return [await ask(stage, buyer, { key: 'in time', quantity: buyer.quantity })]
  },

  // With a key, here and below: without one a sold-out sale says so before it looks any further.
  async 'no-token'(stage, { quantity }) {
    const answer = await stage.shop.buy(stage.saleId, { key: 'no token', body: { quantity } })
    if (answer?.status === 401) stage.tally.proved('no-token')
    else if (answer?.status === 202) stage.tally.fault('units were sold without a token')
    return []
  },

  async malformed(stage, buyer) {
    const token = stage.sign(buyer.name)
    const purchase = { token, key: 'malformed', body: '{"quantity": "many"' }
    const answer = await stage.shop.buy(stage.saleId, purchase)
    if (answer?.code === 'invalid-request') stage.tally.proved('malformed')
    return []
  },

  async bot(stage, buyer) {
    const { shop, saleId, receipts, tally } = stage
    const token = stage.sign(buyer.name)
    let sent = 0
    const request = async (): Promise<Asked> => {
      const key = `bot ${++sent}`
      const answer = await shop.buy(saleId, { token, key, body: { quantity: 1 } }, 'bots')
      if (!answer) return { kind: 'no-answer' }
      if (answer.status !== 202) return { kind: 'refused', code: answer.code }
      const receipt = receipts.take({ buyer, token, key, quantity: 1 }, answer)
      if (!receipt.orderId) return { kind: 'no-answer' } // asked for by its key in the end
      return { kind: 'won', receipt, replayed: answer.replayed }
    }
    const all: Asked[] = []
    for (let wave = 1; wave <= botWavesMax; wave++) {
      const asked = await Promise.all(Array.from({ length: botRequests }, request))
      all.push(...asked)
      const isLimited = asked.some((one) => one.kind === 'refused' && one.code === 'rate-limited')
      if (isLimited) {
        tally.proved('bot')
        break
      }
    }
    return all
  },
}

/** So that even a small stock shows each behaviour that needs units. */
export async function letFrontRowIn({ frontRow, time, opensAt }: Stage): Promise<void> {
  if (frontRow.left() === 0) return
  await Promise.race([frontRow.done, time.pause(opensAt + frontRowWithinMs - performance.now())])
}

/** The buyer's first coming; the receipts are each order's once. */
export async function comeFirst(stage: Stage, buyer: Buyer) {
  stage.tally.played(buyer.way)
  return outcomeOf(stage, await playWay[buyer.way](stage, buyer))
}

/** Back at the door after a refusal, with a new key. */
export async function comeAgain(stage: Stage, buyer: Buyer, times: number) {
  const { quantity } = buyer
  return outcomeOf(stage, [await ask(stage, buyer, { key: `again ${times}`, quantity })])
}

function outcomeOf({ tally }: Stage, asked: Asked[]) {
  const receipts = new Set<Receipt>()
  let refusedAs: string | undefined
  for (const one of asked) {
    if (one.kind === 'won') receipts.add(one.receipt)
    if (one.kind === 'refused') refusedAs = one.code
  }
  if (refusedAs === 'sold-out') tally.seen('sold-out')
  return { receipts: [...receipts], isSoldOut: receipts.size === 0 && refusedAs === 'sold-out' }
}

function proveWon({ tally }: Stage, way: Way, asked: Asked): Asked {
  if (asked.kind === 'won') tally.proved(way)
  return asked
}
