import { sleep } from 'k6'
import http from 'k6/http'
import type { Settings } from './settings.ts'
import { type Sale, writeSaleLine } from './told-lines.ts'

const opensInMs = 4_000
const stayOpenMs = 24 * 3_600_000

/** The sale of this run, open from the moment this returns: the load begins at its opening. */
export function openSale(settings: Settings): Sale {
  const sale =
    settings.saleId === undefined ? makeSale(settings) : readSale(settings, settings.saleId)
  console.log(writeSaleLine(sale))
  sleep(Math.max(0, sale.opensAtMs - Date.now()) / 1_000)
  return sale
}

function makeSale({ url, adminToken, script, sizes }: Settings): Sale {
  if (adminToken === undefined) throw new Error('a sale is made with FLASHSALE_ADMIN_TOKEN')
  const opensAtMs = Date.now() + opensInMs
  const body = {
    title: `k6 ${script}`,
    sku: 'K6-1',
    priceMinor: 100,
    currency: 'CNY',
    stock: sizes.stock,
    perBuyerLimit: 1,
    opensAt: new Date(opensAtMs).toISOString(),
    closesAt: new Date(opensAtMs + stayOpenMs).toISOString(),
    paymentWindowSeconds: sizes.paymentWindowSeconds,
    admission: { mode: 'direct' },
  }
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }
  const tags = { name: 'make a sale' }
  const answer = http.post(`${url}/v1/admin/sales`, JSON.stringify(body), { headers, tags })
  if (answer.status !== 201) throw new Error(`no sale: ${answer.status} ${answer.body}`)
  return { id: idOf(answer.body), opensAtMs }
}

function readSale({ url }: Settings, id: string): Sale {
  const answer = http.get(`${url}/v1/sales/${id}`, { tags: { name: 'read a sale' } })
  if (answer.status !== 200) throw new Error(`no sale ${id}: ${answer.status} ${answer.body}`)
  const { opensAt }: { opensAt: string } = JSON.parse(String(answer.body))
  return { id, opensAtMs: Date.parse(opensAt) }
}

function idOf(body: unknown): string {
  const { id }: { id: string } = JSON.parse(String(body))
  return id
}
