import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { InventoryClient } from '../src/clients/inventory.ts'
import { aSale, buyerToken, type Options, outcome, startGateway } from './gateway.ts'
import { dial, head, type RawClient } from './raw-client.ts'

const BODY = '{"quantity":1}'
const held: InventoryClient['reserve'] = async ({ orderId }) => ({ kind: 'held', orderId })

/** A gateway with an open sale and one that is sold out, for clients that behave badly. */
export async function rudeWorld(
  t: TestContext,
  connections: NonNullable<Options['connections']>,
  options: Options = {},
) {
  const clients: RawClient[] = []
  t.after(() => {
    for (const { socket } of clients) socket.destroy() // before the gateway, which waits for them
  })
  const [sale, soldOut] = [aSale(), aSale({ free: 0 })]
  const gateway = await startGateway(t, {
    sales: [sale, soldOut],
    reserve: held,
    ...options,
    connections,
  })
  const path = `/v1/sales/${sale.id}/orders`
  const purchase = (fields = {}, body = BODY) =>
    head(`POST ${path}`, {
      authorization: `Bearer ${buyerToken()}`,
      'content-type': 'application/json',
      'content-length': body.length,
      ...fields,
    }) + body
  const ended = async (why: string) => {
    const { text } = await gateway.call('GET', '/metrics')
    const line = new RegExp(`^http_connections_ended_total\\{why="${why}"\\} (\\d+)$`, 'm')
    return Number(line.exec(text)?.[1] ?? 0)
  }
  return {
    ...gateway,
    path,
    purchase,
    soldOutPath: `/v1/sales/${soldOut.id}/orders`,
    async dial() {
      const client = await dial(gateway.url)
      clients.push(client)
      return client
    },
    /** Connections that the limit has ended so far. */
    ended,
    buy: async () => {
      const wanted = { token: buyerToken(), body: { quantity: 1 } }
      return outcome(await gateway.call('POST', path, wanted))
    },
    async honestBuyerIsServed() {
      assert.equal(await this.buy(), '202')
    },
  }
}
