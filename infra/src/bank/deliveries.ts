/** Callbacks to the shop: first at once, then after these pauses until one gets a 200. */
import { createHmac } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { Agent, request } from 'undici'
import type { PendingCall } from './book.ts'

const PAUSES_MS = [1000, 2000, 5000, 10_000, 30_000] // the last one again and again
const ATTEMPTS_MAX = 200
const ANSWER_TIMEOUT_MS = 5000
const CONNECTIONS = 16 // to one shop: when it stands still, what would come meanwhile waits here

type Options = { secret: string; onDelivered: (pending: PendingCall) => void }

export function createDeliveries({ secret, onDelivered }: Options) {
  const agent = new Agent({
    connections: CONNECTIONS,
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
  })
  const stopping = new AbortController()
  const running = new Set<Promise<void>>()

  async function deliver(pending: PendingCall) {
    const { signal } = stopping
    await pause(Math.max(0, Date.parse(pending.call.firstAt) - Date.now()), undefined, { signal })
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const copies = Array.from({ length: pending.call.copies }, () => send(pending))
      if ((await Promise.all(copies)).includes(200)) return onDelivered(pending)
      await pause(PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)], undefined, { signal })
    }
  }

  /** The status of the shop's answer; 0 when there was none. */
  async function send({ call, at, checkout }: PendingCall): Promise<number> {
    const { paymentId, currency, state, capturedMinor: amountMinor } = checkout
    const { callbackId } = call
    const body = JSON.stringify({ callbackId, paymentId, state, amountMinor, currency, at })
    const signature = sign(call.badSignature ? `not ${secret}` : secret, body)
    try {
      const { statusCode, body: answer } = await request(checkout.callbackUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'bank-signature': signature },
        body,
        dispatcher: agent,
        signal: stopping.signal,
      })
      await answer.dump()
      return statusCode
    } catch {
      return 0
    }
  }

  return {
    start(pending: PendingCall) {
      const delivery = deliver(pending).catch((error: unknown) => {
        if (!stopping.signal.aborted) throw error
      })
      running.add(delivery)
      void delivery.finally(() => running.delete(delivery))
    },
    async close() {
      stopping.abort()
      await Promise.all(running)
      await agent.close()
    },
  }
}

/** The value of the header `Bank-Signature`. Made anew for each delivery: its time is checked. */
export function sign(secret: string, body: string, atMs = Date.now()) {
  const t = Math.floor(atMs / 1000)
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`
}
