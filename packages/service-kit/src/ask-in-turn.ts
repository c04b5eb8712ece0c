import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { ConnectionLimits } from './connection-limits.ts'
import { countEnded } from './connection-metrics.ts'
import type { Door } from './on-the-wire.ts'
import { type ProblemCode, readyProblem } from './problem.ts'
import { endWithProblem } from './wire-answer.ts'

/**
 * In front of all that takes requests: counts what each connection has asked and not been answered. A
 * client that asks on and on without reading is hung up on, for its answers would have to wait here.
 */
export function askInTurn(
  server: Server,
  limits: ConnectionLimits,
  { connections, headers }: Door,
) {
  const routes = server.listeners('request') as RequestListener[]
  /** One for all answers: this is on the way of every request. */
  function onAnswered(this: ServerResponse) {
    const connection = connections.find(this.req.socket)
    if (!connection) return
    connection.unanswered--
    connection.changedAtMs = performance.now()
    if (connection.last !== this) return
    connection.last = undefined
    connection.bodyOwed = !this.req.complete
  }

  server.removeAllListeners('request')
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    const connection = connections.find(socket)
    if (!connection || socket.destroyed) return // it stood behind one that was hung up on
    if (connection.unanswered >= limits.unansweredMax)
      return connections.hangUp(socket, 'pipelined')
    connection.unanswered++
    connection.last = response
    connection.bodyOwed = false
    connection.changedAtMs = performance.now()
    response.on('close', onAnswered)
    if (connection.isSurplus) return endWith(response, 'try-later', headers)
    const { host } = request.headers
    if (host === undefined && request.httpVersion === '1.1') {
      countEnded('malformed')
      return endWith(response, 'invalid-request', headers)
    }
    for (const route of routes) route.call(server, request, response)
  })
  server.on('checkExpectation', (_request, response: ServerResponse) => {
    endWith(response, 'expectation-failed', headers)
  })
  server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy()) // nobody else listens to it any more
    endWithProblem(socket, 'not-found', headers)
  })
}

/** The last answer of this connection. */
function endWith(response: ServerResponse, code: ProblemCode, more: Record<string, string>) {
  const { status, headers, body } = readyProblem(code)
  const last = { 'content-length': Buffer.byteLength(body), connection: 'close' }
  response.writeHead(status, { ...more, ...headers, ...last }).end(body)
}
