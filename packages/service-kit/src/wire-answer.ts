import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ProblemCode, readyProblem } from './problem.ts'

const LINGER_MS = 1_000 // to read the answer, before the connection is gone

/** A problem for bytes that never became a request; the last word on this connection. */
export function endWithProblem(socket: Duplex, code: ProblemCode, more: Record<string, string>) {
  const { status, headers, body } = readyProblem(code)
  const fields = Object.entries({
    ...more,
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  })
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
  closeSoon(socket)
}

/** Whoever does not close a connection that is over has it closed. */
export function closeSoon(socket: Duplex) {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.once('close', () => clearTimeout(timer))
}
