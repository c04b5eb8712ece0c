import { createServer, type Socket } from 'node:net'
import { connectToFirst } from './connect-to-first.ts'
import { createTurns, targetsOf, watchReadiness } from './targets.ts'

// In front of several gateways, on the port that buyers know. It hands on whole connections and reads
// nothing: a gateway that dies costs the connections it held, and no request is ever sent twice.
const { HOST = '127.0.0.1', PORT = '', TARGETS = '' } = process.env
const backlog = 4_096

const targets = targetsOf(TARGETS)
const nextTurn = createTurns(targets)
for (const target of targets) void watchReadiness(target)

const server = createServer({ noDelay: true, pauseOnConnect: true, allowHalfOpen: true }, take)
server.listen({ port: Number(PORT), host: HOST, backlog })
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0))

async function take(client: Socket): Promise<void> {
  client.on('error', () => {}) // it closes then
  const gateway = await connectToFirst(nextTurn())
  if (gateway && !client.destroyed) {
    pass(client, gateway)
    pass(gateway, client)
    return
  }
  gateway?.destroy()
  client.resetAndDestroy()
}

/** One direction; the end of one side, good or bad, is the same end for the other. */
function pass(from: Socket, to: Socket): void {
  from.on('error', () => to.resetAndDestroy())
  from.once('close', () => {
    if (!from.readableEnded) to.destroy()
  })
  from.pipe(to)
}
