import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const connectWithinMs = 5_000
const keptChars = 2_000 // of what comes back: enough to see a status in it

/** How a connection ended, as its client saw it. */
export type Ending = { how: string; afterMs: number }
/** A 202 that a rude client has got: it is asked for as every other. */
export type Won = { orderId: string; token: string }
export type Line = NonNullable<Awaited<ReturnType<typeof openLine>>>

/** One connection of a client that keeps to no rule. Undefined when it did not come about. */
export async function openLine(port: number) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  const over = Promise.withResolvers<Ending>()
  const opened = Promise.withResolvers<boolean>()
  const startedAt = performance.now()
  let status: string | undefined
  let tail = ''
  let token = ''
  const orders = new Set<string>()
  const end = (how: string) => {
    over.resolve({
      how: status ? `${status}, ${how}` : how,
      afterMs: performance.now() - startedAt,
    })
    socket.destroy()
  }
  socket.setEncoding('latin1')
  socket.on('data', (text) => {
    tail = (tail + text).slice(-keptChars)
    status = [...tail.matchAll(/HTTP\/1\.1 (\d{3}) /g)].at(-1)?.[1] ?? status
    for (const [, id = ''] of tail.matchAll(/"orderId":"([^"]+)"/g)) orders.add(id)
  })
  socket.once('connect', () => opened.resolve(true))
  socket.once('end', () => end('closed'))
  socket.once('error', () => end('reset'))
  socket.once('close', () => {
    opened.resolve(false)
    end('closed')
  })
  const late = setTimeout(() => socket.destroy(), connectWithinMs)
  const isOpened = await opened.promise
  clearTimeout(late)
  if (!isOpened) return undefined

  return {
    over: over.promise,
    isOpen: () => !socket.destroyed,
    send: (text: string) => void (socket.destroyed || socket.write(text, 'latin1')),
    /** All purchases of this connection are this buyer's. */
    buysWith(own: string) {
      token = own
    },
    won: (): Won[] => [...orders].map((orderId) => ({ orderId, token })),
    /** So much that is not sent yet waits here. */
    waitingBytes: () => socket.writableLength,
    /** Sends the piece again and again until the connection is gone, or for so long. */
    async trickle(piece: string, { everyMs, forMs }: { everyMs: number; forMs: number }) {
      const until = performance.now() + forMs
      while (!socket.destroyed && performance.now() < until) {
        socket.write(piece, 'latin1')
        await sleep(everyMs)
      }
    },
    stopReading: () => void socket.pause(),
    shutSendingSide: () => void socket.end(),
    reset(): void {
      end('reset by itself')
      socket.resetAndDestroy()
    },
    leave: () => end('left by itself'),
  }
}
