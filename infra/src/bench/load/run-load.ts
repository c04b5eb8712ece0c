import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, openConnections, type Told } from './connection.ts'
import { answerDriven, due, type Feed, paced } from './feeds.ts'
import { type Load, type LoadReport, lateMs } from './load.ts'
import { createTally } from './tally.ts'

const answersTimeoutMs = 20_000 // after the span
const lookEveryMs = 1

/** Sends one load and waits for every answer. */
export async function runLoad(load: Load): Promise<LoadReport> {
  const feed = feedOf(load)
  const tally = createTally(load)
  const sender = createSender(load, feed, tally)
  await sender.connect()

  const cpuBefore = process.threadCpuUsage()
  const startedAt = performance.now()
  feed.start(startedAt)
  tally.start(startedAt)
  while (!feed.isOver(performance.now()) && sender.hasMore()) {
    sender.sendToIdle()
    await sleep(lookEveryMs)
  }
  const giveUpAt = performance.now() + answersTimeoutMs
  while (sender.open() > 0 || (feed.hasWaiting() && sender.hasMore())) {
    if (performance.now() > giveUpAt) throw new Error(`${sender.open()} requests had no answer`)
    sender.sendToIdle()
    await sleep(lookEveryMs)
  }
  const { user, system } = process.threadCpuUsage(cpuBefore)
  const busy = (user + system) / 1_000 / (performance.now() - startedAt)
  sender.close()
  return { ...tally.report(), ...sender.report(), busy }
}

function feedOf({ spanMs, perSecond, whenDue }: Load): Feed {
  if (perSecond === undefined) return answerDriven(spanMs)
  return whenDue ? due(spanMs, perSecond) : paced(spanMs, perSecond)
}

/** Connections with nothing under way. The next is the one that has rested longest, or else the one used last. */
function createIdle(takeTurns: boolean) {
  let idle: Connection[] = []
  return {
    count: () => idle.length,
    add: (...more: Connection[]) => idle.push(...more),
    next: () => (takeTurns ? idle[0] : idle.at(-1)),
    takeNext: () => (takeTurns ? idle.shift() : idle.pop()),
    drop: (gone: Connection) => {
      idle = idle.filter((one) => one !== gone)
    },
  }
}

type WaitedFor = keyof LoadReport['late']

/** Connections with at most one request under way each. */
function createSender(load: Load, feed: Feed, tally: ReturnType<typeof createTally>) {
  const requests = load.requests.map((text) => Buffer.from(text, 'latin1'))
  const connections: Connection[] = []
  let sent = 0
  let open = 0
  let closing = false
  const late = { generator: 0, connection: 0 }
  const bytes = { sent: 0, received: 0 }
  const { ports = [load.port], underWayMax } = load
  const takeTurns = underWayMax !== undefined
  const idle = createIdle(takeTurns)

  const hasMore = () => load.again === true || sent < requests.length
  /** False when there is nothing to send now. */
  const sendOn = (connection: Connection, nowMs: number, waitedFor: WaitedFor): boolean => {
    const arrivedAt = hasMore() ? feed.take(nowMs) : undefined
    if (arrivedAt === undefined) return false
    if (nowMs - arrivedAt > lateMs) late[waitedFor]++
    connection.arrivedAtMs = arrivedAt
    connection.request = sent++ % requests.length
    open++
    const request = requests[connection.request] as Buffer
    bytes.sent += request.length
    connection.send(request)
    return true
  }
  const sendToIdle = (nowMs = performance.now()) => {
    const mayOpen = () => underWayMax === undefined || open < underWayMax
    for (let next = idle.next(); next && mayOpen(); next = idle.next()) {
      if (!sendOn(next, nowMs, 'generator')) return
      idle.takeNext()
    }
  }
  const told: Told = {
    answer(connection, answer) {
      const now = performance.now()
      open--
      tally.answer(answer, connection, now)
      connection.arrivedAtMs = -1
      const waitedFor = idle.count() > 0 ? 'generator' : 'connection'
      if (takeTurns || !sendOn(connection, now, waitedFor)) idle.add(connection)
      if (takeTurns) sendToIdle(now)
    },
    received(length) {
      bytes.received += length
    },
    lost(connection) {
      if (closing) return
      idle.drop(connection)
      if (connection.arrivedAtMs < 0) return
      open--
      tally.lost()
    },
  }
  return {
    async connect() {
      const portOf = (nth: number) => ports[nth % ports.length] as number
      connections.push(...(await openConnections(load.connections, portOf, told)))
      idle.add(...connections)
    },
    hasMore,
    open: () => open,
    sendToIdle,
    report: (): Pick<LoadReport, 'late' | 'bytes'> => ({ late, bytes }),
    close() {
      closing = true
      for (const connection of connections) connection.close()
    },
  }
}
