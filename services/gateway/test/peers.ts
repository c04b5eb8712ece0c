import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

export type Asked = {
  method: string
  path: string
  headers: IncomingHttpHeaders
  raw: Buffer
  body: unknown
}
/** `hang` never answers; `reset` reads the request and drops the connection. */
export type Told = { status: number; body?: unknown } | 'hang' | 'reset'
export type Handler = (asked: Asked) => Told | Promise<Told>
export type Peer = { url: string; asked: Asked[]; stop(): Promise<void> }

export const problemBody = (code: string, status: number) => ({
  type: `urn:flashsale:problem:${code}`,
  title: code,
  status,
})
export const refusal = (code: string, status: number): Told => ({
  status,
  body: problemBody(code, status),
})

/** A real HTTP server in a peer's place, that says and does what the test wants. */
export async function startPeer(t: TestContext, handler: Handler): Promise<Peer> {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const raw = Buffer.concat(chunks)
    const { method = '', url: path = '', headers } = request
    const one = { method, path, headers, raw, body: parsed(raw) }
    asked.push(one)
    const told = await handler(one)
    if (told === 'hang') return
    if (told === 'reset') return void request.socket.destroy()
    response.writeHead(told.status, { 'content-type': 'application/json' })
    response.end(told.body === undefined ? undefined : JSON.stringify(told.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = () => closed(server)
  t.after(stop)
  return { url: urlOf(server), asked, stop }
}

/** A port that nobody listens on. */
export async function refusingUrl(t: TestContext): Promise<string> {
  const peer = await startPeer(t, () => 'hang')
  await peer.stop()
  return peer.url
}

const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

function closed(server: Server) {
  return new Promise<void>((resolve) => {
    server.closeAllConnections()
    server.close(() => resolve())
  })
}

function parsed(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString())
  } catch {
    return undefined
  }
}
