import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const timeoutMs = 2_000
const lingerMs = 3 // the request is out, its answer is not read

type Lost = { url: string; path: string; headers: Record<string, string>; body: unknown }

/** Sends a request to its last byte and drops the connection before the answer. */
export async function sendAndHangUp({ url, path, headers, body }: Lost): Promise<void> {
  const { hostname, port } = new URL(url)
  const content = JSON.stringify(body)
  const all = {
    host: `${hostname}:${port}`,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(content)),
    ...headers,
  }
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  const socket = connect({ host: hostname, port: Number(port), timeout: timeoutMs })
  socket.on('timeout', () => socket.destroy(new Error('no connection')))
  socket.on('error', () => {}) // the buyer does not know either whether it arrived
  try {
    await once(socket, 'connect')
    socket.write([`POST ${path} HTTP/1.1`, ...head, '', content].join('\r\n'))
    await sleep(lingerMs)
  } catch {
    // No connection: the key is sent again, as if the answer had been lost.
  } finally {
    socket.destroy()
  }
}
