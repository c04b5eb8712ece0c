import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer, type Server as Listener } from 'node:net'

export type Address = { host: string; port: number; backlog: number }

/** Whether the kernel spreads what connects over several listeners of one port (SO_REUSEPORT). */
export const canShare = process.platform === 'linux'

/** Throws EADDRINUSE when the port is another's, of whom listeners that share it would take connections unseen. */
export async function assertOwn(address: Address): Promise<void> {
  const alone = createServer()
  await listening(alone, address)
  await closed(alone)
}

/**
 * More listeners of the port that `server` listens on, `reusePort` too. libuv (since its pull request 3696) takes one
 * connection of a listener a turn of the event loop: with one of them, on a machine that is full, a crowd that connects at once waits for
 * seconds in front of a process that answers everybody else.
 */
export async function addListeners(server: Server, count: number, address: Address) {
  const options = { allowHalfOpen: true, noDelay: true } // as an http.Server has it
  const all = Array.from({ length: count }, () =>
    createServer(options, (socket) => void server.emit('connection', socket)),
  )
  await Promise.all(all.map((listener) => listening(listener, { ...address, reusePort: true })))
  return {
    /** Takes nobody any more; resolves when those whom they let in have left. */
    close: async (): Promise<void> => void (await Promise.all(all.map(closed))),
  }
}
export type Listeners = Awaited<ReturnType<typeof addListeners>>

async function listening(listener: Listener, address: Address & { reusePort?: boolean }) {
  await once(listener.listen(address), 'listening') // rejects on 'error'
}

async function closed(listener: Listener): Promise<void> {
  await once(listener.close(), 'close')
}
