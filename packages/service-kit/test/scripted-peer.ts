import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { Outcome } from '../src/http-client.ts'
import { metricsText } from '../src/metric.ts'
import { createPeerClient, type PeerOptions } from '../src/peer-client.ts'

let count = 0

/** A real server that does as `listener` says now, and a client of it with metrics of its own. */
export async function scriptedPeer(
  t: TestContext,
  listener: RequestListener,
  options: Partial<PeerOptions> = {},
) {
  let now = listener
  let asked = 0
  const server = createServer((request, response) => {
    asked++
    now(request, response)
  })
  const port = await listen(server)
  const peer = `peer-${++count}`
  const settings = { peer, timeoutMs: 10_000, ...options }
  const client = createPeerClient(`http://127.0.0.1:${port}`, settings)
  t.after(async () => {
    await client.close()
    server.closeAllConnections()
    server.close()
  })
  return {
    client,
    /** How many calls have arrived. */
    asked: () => asked,
    does(next: RequestListener) {
      now = next
    },
    metric: (name: string, labels: Record<string, string> = {}) =>
      metricOf(name, { peer, ...labels }),
  }
}

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

/** As Prometheus would read it. */
async function metricOf(name: string, labels: Record<string, string>): Promise<number> {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  const lines = (await metricsText()).split('\n').filter((line) => line.startsWith(`${name}{`))
  const found = lines.find((line) => wanted.every((label) => line.includes(label)))
  return Number(found?.split(' ').at(-1) ?? 0)
}

export const answers: RequestListener = (_request, response) => void response.end('here')
export const saysTrouble: RequestListener = (_request, response) =>
  void response.writeHead(503).end()
/** The call arrives, and its connection breaks. */
export const breaks: RequestListener = (request) => void request.socket.destroy()
export const hangs: RequestListener = () => {}

export const kindOf = ({ kind }: Outcome) => kind
