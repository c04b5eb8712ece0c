import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { App } from './app.ts'
import { addListeners, assertOwn, canShare, type Listeners } from './listeners.ts'
import { atMost, sleep } from './wait.ts'

export const CLOSE_WITHIN_MS = 9_500 // who asked us to end may kill us after 10 s
const BACKLOG = 4_096 // a crowd that connects at once waits here, not for TCP to try again
const STEP_WITHIN_MS = 2_000 // what hangs is left as a kill would leave it: the others have their turn
const CLOSE_IDLE_EVERY_MS = 100
export const DRAIN_LONGER_MS = 2_000 // at most, where somebody sends more
const SILENT_MS = 1_000

export type RunOptions = {
  host: string
  port: number
  /**
   * Asked to end, it is not ready and still takes what comes for so long, and then until nothing came
   * for half of it.
   */
  drainMs?: number
  /** Of the port: so many connections are let in a turn of the event loop. */
  listeners?: number
  /** In this order, after the last request was answered. */
  close: (() => Promise<unknown> | unknown)[]
}

/** Listens until SIGTERM or SIGINT, then drains, closes and ends the process within 10 s. */
export async function runService(app: App, options: RunOptions): Promise<void> {
  process.on('uncaughtException', (error) => die(app, error))
  process.on('unhandledRejection', (error) => die(app, error))
  const connections = watchConnections(app.server)
  let more: Listeners | undefined
  const end = () =>
    void drain(app, { ...connections, closeMore: async () => more?.close() }, options)
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
  more = await listen(app, options)
}

async function listen(app: App, { host, port, listeners = 1 }: RunOptions) {
  const address = { host, port, backlog: BACKLOG }
  const isShared = listeners > 1 && canShare
  if (isShared) await assertOwn(address)
  const own = { ...address, reusePort: isShared } // handed on to net, and not yet in Fastify's types
  await app.listen(own)
  return isShared ? await addListeners(app.server, listeners - 1, address) : undefined
}

function die(app: App, error: unknown) {
  app.log.fatal({ err: error }, 'unexpected error, the process ends')
  process.exit(1)
}

async function drain(app: App, connections: Connections, { drainMs = 0, close }: RunOptions) {
  if (app.lifecycle.draining) return
  app.lifecycle.draining = true
  app.log.info({ drainMs }, 'asked to end')
  setTimeout(() => {
    app.log.error({ withinMs: CLOSE_WITHIN_MS }, 'could not close in time')
    process.exit(1)
  }, CLOSE_WITHIN_MS).unref()
  try {
    // Whoever chooses between instances sees meanwhile that this one is not ready, or is told so by an
    // answer: what is closed after it is closed under nobody's request.
    await untilNobodyAsks(app, drainMs)
    // What was busy when the server closed would otherwise stay open for its keep-alive time.
    setInterval(connections.closeIdle, CLOSE_IDLE_EVERY_MS).unref()
    await connections.closeMore()
    await app.close()
    app.log.info({}, 'answered all that was asked')
    for (const step of close) await atMost(STEP_WITHIN_MS, Promise.resolve(step()))
  } catch (error) {
    die(app, error)
  }
  process.exit(0)
}

async function untilNobodyAsks({ lifecycle }: App, drainMs: number) {
  const latestMs = performance.now() + drainMs + DRAIN_LONGER_MS
  await sleep(drainMs)
  const isAsked = () => performance.now() - lifecycle.askedAtMs < drainMs / 2
  await readWhatCame()
  while (isAsked() && performance.now() < latestMs) {
    await sleep(CLOSE_IDLE_EVERY_MS)
    await readWhatCame()
  }
}

/** Timers run before sockets: of a process that was too busy to look, requests may be waiting there. */
async function readWhatCame() {
  for (let turns = 0; turns < 2; turns++) await new Promise((resolve) => setImmediate(resolve))
}

type Connections = ReturnType<typeof watchConnections> & { closeMore: () => Promise<void> }

/** Node does not count a connection as idle over which nothing was asked yet: it would wait for it. */
function watchConnections(server: Server) {
  const open = new Map<Socket, number>()
  server.on('connection', (socket) => {
    open.set(socket, performance.now())
    socket.once('close', () => open.delete(socket))
  })
  return {
    closeIdle() {
      server.closeIdleConnections()
      const silentSince = performance.now() - SILENT_MS // what a new one asks may be on its way
      for (const [socket, openedAtMs] of open) {
        if (socket.bytesRead === 0 && openedAtMs < silentSince) socket.destroy()
      }
    },
  }
}
