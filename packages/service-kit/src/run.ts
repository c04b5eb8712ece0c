import type { App } from './app.ts'

const CLOSE_WITHIN_MS = 10_000
const BACKLOG = 4_096 // a crowd that connects at once waits here, not for TCP to try again
const CLOSE_IDLE_EVERY_MS = 100

export type RunOptions = {
  host: string
  port: number
  /** In this order, after the last request was answered. */
  close: (() => Promise<unknown> | unknown)[]
}

/** Listens until SIGTERM or SIGINT, then closes and ends the process within 10 s. */
export async function runService(app: App, { host, port, close }: RunOptions): Promise<void> {
  process.on('uncaughtException', (error) => die(app, error))
  process.on('unhandledRejection', (error) => die(app, error))
  const end = () => void drain(app, close)
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
  await app.listen({ host, port, backlog: BACKLOG })
}

function die(app: App, error: unknown) {
  app.log.fatal({ err: error }, 'unexpected error, the process ends')
  process.exit(1)
}

async function drain(app: App, close: RunOptions['close']) {
  if (app.lifecycle.draining) return
  app.lifecycle.draining = true
  app.log.info({}, 'asked to end')
  setTimeout(() => {
    app.log.error({ withinMs: CLOSE_WITHIN_MS }, 'could not close in time')
    process.exit(1)
  }, CLOSE_WITHIN_MS).unref()
  // What was busy when the server closed would otherwise stay open for its keep-alive time.
  setInterval(() => app.server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS).unref()
  try {
    await app.close()
    for (const step of close) await step()
  } catch (error) {
    die(app, error)
  }
  process.exit(0)
}
