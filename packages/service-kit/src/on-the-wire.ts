import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { countEnded } from './connection-metrics.ts'
import type { Connection, Connections, Ended } from './connections.ts'
import type { ProblemCode } from './problem.ts'
import { endWithProblem } from './wire-answer.ts'

const GONE = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT'])
const LATE = 'ERR_HTTP_REQUEST_TIMEOUT'

/** `headers`: of every answer. */
export type Door = { connections: Connections; headers: Record<string, string> }

/**
 * Bytes that are no request, or that do not come: told to the client, unless it would take that for the
 * answer to something else it has asked.
 */
export function troubleOnTheWire({ connections, headers }: Door, error: Error, socket: Socket) {
  const code = 'code' in error ? String(error.code) : ''
  const connection = connections.find(socket)
  if (socket.destroyed || socket.writableEnded) return // its end is under way
  if (!connection || GONE.has(code)) return socket.destroy()
  if (code === LATE && socket.bytesRead === 0) return // silence has a limit of its own
  const { why, problem } = read(code, connection)
  const { last } = connection
  if (last?.req.complete) return endAfterAnswers(last, socket, why)
  const isFree = connection.unanswered === (last ? 1 : 0) && !last?.headersSent
  if (!isFree || connection.bodyOwed) return connections.hangUp(socket, why)
  countEnded(why)
  endWithProblem(socket, problem, headers)
}

function read(code: string, { last, bodyOwed }: Connection): { why: Ended; problem: ProblemCode } {
  if (code === LATE) {
    return { why: last || bodyOwed ? 'slow-body' : 'slow-head', problem: 'request-timeout' }
  }
  if (code === 'HPE_HEADER_OVERFLOW') return { why: 'head-too-large', problem: 'headers-too-large' }
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') {
    return { why: 'malformed', problem: 'payload-too-large' }
  }
  return { why: 'malformed', problem: 'invalid-request' }
}

/** What was asked before was well formed: it is answered, and nothing after it. */
function endAfterAnswers(last: ServerResponse, socket: Socket, why: Ended) {
  if (last.shouldKeepAlive) countEnded(why) // once: its further bytes are no request either
  if (last.headersSent) socket.destroy()
  else last.shouldKeepAlive = false
}
