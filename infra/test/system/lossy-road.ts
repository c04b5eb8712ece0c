import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { request } from '@flashsale/test-kit/http.ts'
import { type System, type SystemOptions, startSystem } from '@flashsale/test-kit/system.ts'

/** What happens to attempts between gateway and inventory. */
type Loses = 'nothing' | 'requests' | 'answers'

/**
 * A system whose attempts go a road that loses what the test wants. What it lost is kept as it was sent,
 * to be delivered late.
 */
export async function startLossySystem(t: TestContext, options: SystemOptions = {}) {
  const road = { loses: 'nothing' as Loses, lost: [] as string[], inventoryUrl: '' }
  const server = createServer((incoming, outgoing) => void pass(road, incoming, outgoing))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const system: System = await startSystem(t, {
    ...options,
    services: ['bank', 'inventory', 'order', 'payment'],
    env: { ...options.env, gateway: { INVENTORY_URL: `http://127.0.0.1:${port}` } },
  })
  road.inventoryUrl = system.urls.inventory
  await system.start('gateway')

  return {
    system,
    lose: (what: Loses) => {
      road.loses = what
    },
    /** Sends what was lost after all; inventory's answers. */
    deliverLate: () =>
      Promise.all(road.lost.map((body) => send(road.inventoryUrl, '/internal/reserve', body))),
  }
}

type Road = { loses: Loses; lost: string[]; inventoryUrl: string }

async function pass(road: Road, incoming: IncomingMessage, outgoing: ServerResponse) {
  const body = Buffer.concat(await incoming.toArray()).toString()
  const { method, url: path = '' } = incoming
  const loses = path === '/internal/reserve' ? road.loses : 'nothing'
  if (loses !== 'nothing') road.lost.push(body)
  if (loses === 'requests') return incoming.socket.destroy()
  const answer = await send(road.inventoryUrl, path, body, method).catch(() => undefined)
  if (loses === 'answers' || !answer) return incoming.socket.destroy()
  const headers = { 'content-type': String(answer.headers['content-type']) }
  outgoing.writeHead(answer.status, headers).end(JSON.stringify(answer.body))
}

const send = (url: string, path: string, body: string, method = 'POST') =>
  request(`${url}${path}`, { method: method as 'GET' | 'POST', ...(body && { body }) })
