import { setTimeout as sleep } from 'node:timers/promises'
import { type Attempt, ReserveAnswer } from '@flashsale/contracts/http/inventory.ts'
import { BuyerId, SaleId } from '@flashsale/contracts/ids.ts'
import { createOrderIds } from '@flashsale/contracts/order-id.ts'
import { createHttpClient, type HttpClient } from '@flashsale/service-kit/http-client.ts'
import { ThrownAway } from './thrown-away.ts'
import type { World } from './world.ts'

const attemptsACall = 128
const callsAtOnce = 4
const lifeMs = 10_000 // a peak is measured, not how many of it come too late
const timeoutMs = 5_000

export type Intake = {
  /** Ids of the orders of so many new buyers, all of them accepted; as fast as it goes, or at a pace. */
  take(saleId: string, count: number, perSecond?: number): Promise<string[]>
  /** Attempts accepted until now, of all sales. */
  accepted(): number
  close(): Promise<void>
}

/** Attempts straight to inventory, as the gateway sends them in a rush. */
export function openIntake({ stack: { addresses, settings } }: World): Intake {
  const http = createHttpClient(addresses.inventory, { timeoutMs })
  const orderIds = createOrderIds(settings.secrets.orderId)
  let buyers = 0
  let accepted = 0

  const attemptFor = (saleId: string): Attempt => {
    const buyerId = BuyerId.parse(`buyer-${++buyers}`)
    return {
      orderId: orderIds.next(buyerId, Date.now() + lifeMs),
      saleId: SaleId.parse(saleId),
      buyerId,
      fingerprint: '1',
      quantity: 1,
      epoch: 1, // of a sale that was never rebuilt
    }
  }
  return {
    async take(saleId, count, perSecond = Number.POSITIVE_INFINITY) {
      const taken: string[] = []
      const startedAt = performance.now()
      let left = count
      const isEarly = () => {
        const seconds = (performance.now() - startedAt) / 1_000
        return count - left > seconds * perSecond
      }
      const lane = async () => {
        while (left > 0) {
          if (isEarly()) {
            await sleep(1)
            continue
          }
          const size = Math.min(left, attemptsACall)
          left -= size
          const attempts = Array.from({ length: size }, () => attemptFor(saleId))
          await reserveAll(http, attempts)
          accepted += size
          for (const { orderId } of attempts) taken.push(orderId)
        }
      }
      await Promise.all(Array.from({ length: callsAtOnce }, lane))
      return taken
    },
    accepted: () => accepted,
    close: () => http.close(),
  }
}

async function reserveAll(http: HttpClient, attempts: Attempt[]): Promise<void> {
  const path = '/internal/reserve'
  const outcome = await http.call({ method: 'POST', path, body: { attempts } })
  const body = outcome.kind === 'answer' ? outcome.body : undefined
  const { results } = ReserveAnswer.safeParse(body).data ?? { results: [] }
  const held = results.filter(({ kind }) => kind === 'held').length
  if (held === attempts.length) return
  const said = [...new Set(results.map(({ kind }) => kind))].join(', ')
  throw new ThrownAway(`of ${attempts.length} attempts ${held} were taken: ${said || outcome.kind}`)
}
