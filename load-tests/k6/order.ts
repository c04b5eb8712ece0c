import { check, sleep } from 'k6'
import http from 'k6/http'
import { Trend } from 'k6/metrics'
import type { Settings } from './settings.ts'

const lookEverySeconds = 0.1
const looksMax = 100
const paymentTriesMax = 10
const timeout = '10s'

const untilPaid = new Trend('until_paid', true)

/** What became of an order, as its buyer is told; undefined when it was not told. */
export function readStatus({ url }: Settings, orderId: string, token: string): string | undefined {
  const headers = { authorization: `Bearer ${token}` }
  const answer = http.get(`${url}/v1/orders/${orderId}`, {
    headers,
    tags: { name: 'read an order' },
    timeout,
  })
  if (answer.status !== 200) return undefined
  const { status }: { status: string } = JSON.parse(String(answer.body))
  return status
}

/** Opens the checkout, pays there as the buyer would, and waits until the order says so. */
export function pay(settings: Settings, orderId: string, token: string): void {
  const startedAtMs = Date.now()
  const checkoutUrl = openCheckout(settings, orderId, token)
  const isOpen = check(checkoutUrl, { 'a checkout was opened': (url) => url !== undefined })
  if (!isOpen) return
  const headers = { 'content-type': 'application/json' }
  const tags = { name: 'pay at the bank' }
  const paid = http.post(`${checkoutUrl}/pay`, '{}', { headers, tags, timeout })
  check(paid.status, { 'the bank took the payment': (status) => status >= 200 && status < 300 })
  const isPaid = waitUntilPaid(settings, orderId, token)
  check(isPaid, { 'the order is paid': (is) => is })
  if (isPaid) untilPaid.add(Date.now() - startedAtMs)
}

function openCheckout({ url }: Settings, orderId: string, token: string): string | undefined {
  const headers = { authorization: `Bearer ${token}` }
  const tags = { name: 'open a checkout' }
  for (let times = 1; times <= paymentTriesMax; times++) {
    const path = `${url}/v1/orders/${orderId}/payment`
    const answer = http.post(path, null, { headers, tags, timeout })
    if (answer.status === 201) {
      const { checkoutUrl }: { checkoutUrl: string } = JSON.parse(String(answer.body))
      return checkoutUrl
    }
    sleep(lookEverySeconds * times)
  }
  return undefined
}

function waitUntilPaid(settings: Settings, orderId: string, token: string): boolean {
  for (let looks = 1; looks <= looksMax; looks++) {
    if (readStatus(settings, orderId, token) === 'paid') return true
    sleep(lookEverySeconds)
  }
  return false
}
