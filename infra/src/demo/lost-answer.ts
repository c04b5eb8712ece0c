import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const timeoutMs = 8_000
const lingerMs = 3

type Request = { url: string; path: string; headers: Record<string, string>; body: unknown }
/** `at-once`: it may never be handled. `at-answer`: it was, and the answer gets lost on its way. */
export type HangUp = 'at-once' | 'at-answer'

/** Sends a request to its last byte and drops the connection without reading an answer. */
export async function sendAndHangUp(
  { url, path, headers, body }: Request,
  when: HangUp,
): Promise<void> {
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
  socket.on('timeout', () => socket.destroy(new Error('no answer')))
  socket.on('error', () => {}) // the buyer does not know either whether it arrived
  try {
    await once(socket, 'connect')
    socket.write([`POST ${path} HTTP/1.1`, ...head, '', content].join('\r\n'))
    await (when === 'at-once' ? sleep(lingerMs) : once(socket, 'readable'))
  } catch {
    // No connection or no answer: the key is sent again, as if the answer had been lost.
  } finally {
    socket.destroy()
  }
}
