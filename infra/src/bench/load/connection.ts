import { connect, type Socket } from 'node:net'
import { type Answer, createAnswerReader } from './answer-reader.ts'

const bufferBytes = 16 * 1024

export type Connection = {
  /** Only after the answer to the one before. */
  send(request: Buffer): void
  /** When the request under way arrived at the generator; -1 when none is. */
  arrivedAtMs: number
  /** Of the request under way, among the load's. */
  request: number
  close(): void
}
export type Told = {
  answer(connection: Connection, answer: Answer): void
  received(bytes: number): void
  /** The connection is gone, with the request that was under way. */
  lost(connection: Connection): void
}

/** One keep-alive connection without a client library: what the generator does costs the servers' CPU. */
export async function openConnection(port: number, told: Told): Promise<Connection> {
  const read = createAnswerReader()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const take = (length: number, buffer: Uint8Array) => {
    told.received(length)
    const answer = read((buffer as Buffer).toString('latin1', 0, length))
    if (answer) told.answer(connection, answer)
    return true
  }
  const onread = { buffer: Buffer.allocUnsafe(bufferBytes), callback: take }
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true, onread })
  const connection: Connection = {
    arrivedAtMs: -1,
    request: -1,
    send: (request) => void socket.write(request),
    close: () => socket.destroy(),
  }
  socket.once('connect', resolve)
  socket.once('error', reject) // told by `close`, too
  socket.once('close', () => told.lost(connection))
  await promise
  return connection
}

const openedAtOnce = 64 // a server's backlog is bounded

/** All of them, in their order; `portOf` the n-th. */
export async function openConnections(
  count: number,
  portOf: (nth: number) => number,
  told: Told,
): Promise<Connection[]> {
  const all: Connection[] = []
  while (all.length < count) {
    const more = Math.min(openedAtOnce, count - all.length)
    const opening = Array.from({ length: more }, (_, i) =>
      openConnection(portOf(all.length + i), told),
    )
    all.push(...(await Promise.all(opening)))
  }
  return all
}
