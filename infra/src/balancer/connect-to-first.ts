import { connect, type Socket } from 'node:net'
import type { Target } from './targets.ts'

const connectTimeoutMs = 1_000

export type Way = { socket: Socket; target: Target }

/** A connection to the first target that takes one; whoever refuses is not ready from now on. */
export async function connectToFirst(targets: Target[]): Promise<Way | undefined> {
  for (const target of targets) {
    const socket = await connectTo(target)
    if (socket) return { socket, target }
    target.isReady = false // until it says otherwise
  }
  return undefined
}

function connectTo({ host, port }: Target): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const options = { host, port, noDelay: true, allowHalfOpen: true, timeout: connectTimeoutMs }
    const socket = connect(options)
    const fail = () => {
      socket.destroy()
      resolve(undefined)
    }
    /** Not before what came in time was seen: this process may have been too busy to look. */
    const late = () => setImmediate(() => setImmediate(() => socket.connecting && fail()))
    socket.once('error', fail)
    socket.once('timeout', late)
    socket.once('connect', () => {
      socket.setTimeout(0)
      socket.off('error', fail)
      socket.off('timeout', late)
      resolve(socket)
    })
  })
}
