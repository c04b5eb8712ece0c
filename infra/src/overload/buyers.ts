import type { Answer } from '../bench/load/answer-reader.ts'
import { type Connection, openConnections, type Told } from '../bench/load/connection.ts'
import type { Arrival } from './arrivals.ts'
import type { Crowd } from './crowd.ts'
import type { Tally } from './tally.ts'

type Resting = { connection: Connection; untilMs: number }

/** Who asks, over which connection; whoever is told to stay away does, and so does the connection. */
export function createBuyers({ port, requests, connections }: Crowd, tally: Tally) {
  const buyers: Buffer[] = requests.map((text) => Buffer.from(text, 'latin1'))
  let all: Connection[] = []
  let idle: Connection[] = [] // the one that has rested longest is next: a server closes what is never used
  const asking = new Map<Connection, Buffer>()
  let resting: Resting[] = []
  let startedAt = 0
  let next = 0
  let closing = false

  const rest = (connection: Connection, seconds: number) => {
    resting.push({ connection, untilMs: performance.now() + seconds * 1_000 })
  }
  const told: Told = {
    received() {},
    answer(connection, answer: Answer) {
      if (!asking.has(connection)) return // it is told that it was idle for too long, and closed
      const { arrivedAtMs } = connection
      tally.answer(answer, arrivedAtMs - startedAt, performance.now() - arrivedAtMs)
      const buyer = asking.get(connection)
      asking.delete(connection)
      if (answer.retryAfterSeconds === undefined || !buyer) return void idle.push(connection)
      buyers.push(buyer) // behind the others
      rest(connection, answer.retryAfterSeconds)
    },
    lost(connection) {
      if (closing) return
      idle = idle.filter((one) => one !== connection)
      resting = resting.filter((one) => one.connection !== connection)
      if (asking.delete(connection)) tally.add('lost', connection.arrivedAtMs - startedAt)
    },
  }
  return {
    async connect() {
      all = await openConnections(connections, () => port, told)
      idle.push(...all)
    },
    start: (nowMs: number) => {
      startedAt = nowMs
    },
    /** Those whose time is over can ask again. */
    wake(nowMs: number) {
      const due = resting.filter(({ untilMs }) => untilMs <= nowMs)
      if (due.length === 0) return
      resting = resting.filter(({ untilMs }) => untilMs > nowMs)
      idle.push(...due.map(({ connection }) => connection))
    },
    ask({ atMs, underWayMax = Number.POSITIVE_INFINITY }: Arrival) {
      if (asking.size >= underWayMax) return tally.add('kept away', atMs)
      const connection = idle.shift()
      if (!connection) return tally.add('kept away', atMs)
      const buyer = buyers[next++]
      if (!buyer) throw new Error('the buyers have run out')
      connection.arrivedAtMs = startedAt + atMs
      asking.set(connection, buyer)
      connection.send(buyer)
    },
    asking: () => asking.size,
    close() {
      closing = true
      for (const connection of all) connection.close()
    },
  }
}
