import { createServer } from 'node:net'
import { connectToFirst } from './connect-to-first.ts'
import { joinLine } from './line.ts'
import { createTurns, targetsOf, watchReadiness } from './targets.ts'

// In front of several gateways, on the port that buyers know. It hands on whole connections: a gateway
// that dies costs the connections it held, one that was asked to end costs none, and no request is ever
// sent twice.
const { HOST = '127.0.0.1', PORT = '', TARGETS = '' } = process.env
const backlog = 4_096

const targets = targetsOf(TARGETS)
const nextTurn = createTurns(targets)
for (const target of targets) void watchReadiness(target)

const connect = () => connectToFirst(nextTurn())
const isOtherReady = (left: (typeof targets)[number]) =>
  targets.some((target) => target !== left && target.isReady)
const options = { noDelay: true, pauseOnConnect: true, allowHalfOpen: true }
const server = createServer(options, (client) => void joinLine(client, { connect, isOtherReady }))
server.listen({ port: Number(PORT), host: HOST, backlog })
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0))
