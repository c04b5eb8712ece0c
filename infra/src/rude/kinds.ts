import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Line } from './line.ts'

/** What rude clients know of the system. */
export type Target = { port: number; openPath: string; soldOutPath: string; tokens: string[] }
export type Kind = {
  name: string
  /** Which limit is to end it. */
  limit: string
  /** So many at once. */
  slots: number
  /** Before the next one comes in the place of one that is over. */
  pauseMs: number
  /** All it does; then it waits until the connection is ended. */
  play(line: Line, target: Target): Promise<void> | void
}

const forMs = 120_000 // longer than any limit: it is the server that has to act
const slowly = { everyMs: 500, forMs }
const manyRequests = 10_000
const floodBytes = 256 * 1024

const fields = (all: Record<string, string | number>) =>
  Object.entries({ host: 'rude', ...all }).map(([name, value]) => `${name}: ${value}`)
const head = (line: string, all: Record<string, string | number> = {}) =>
  [`${line} HTTP/1.1`, ...fields(all), '', ''].join('\r\n')
const body = '{"quantity":1}'

function purchase(line: Line, { openPath, tokens }: Target, length = body.length) {
  const token = tokens[randomInt(tokens.length)] ?? ''
  line.buysWith(token)
  return head(`POST ${openPath}`, {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': length,
  })
}

const chunks = { 'transfer-encoding': 'chunked' }
const list = head('GET /v1/sales')

export const kinds: Kind[] = [
  {
    name: 'never says anything',
    limit: 'SILENT_TIMEOUT_MS, room for others',
    slots: 2_000,
    pauseMs: 10_000,
    play() {},
  },
  {
    name: 'a crowd that only connects',
    limit: 'room for others, SILENT_TIMEOUT_MS',
    slots: 1_200,
    pauseMs: 60_000,
    play() {},
  },
  {
    name: 'idle after an answer',
    limit: 'KEEP_ALIVE_TIMEOUT_MS, room for others',
    slots: 300,
    pauseMs: 10_000,
    play: (line) => line.send(list),
  },
  {
    name: 'slow head',
    limit: 'HEADERS_TIMEOUT_MS',
    slots: 200,
    pauseMs: 1_000,
    async play(line) {
      line.send('GET /v1/sales HTTP/1.1\r\nhost: rude\r\n')
      await line.trickle('x: y\r\n', slowly)
    },
  },
  {
    name: 'slow body of a purchase',
    limit: 'REQUEST_TIMEOUT_MS',
    slots: 150,
    pauseMs: 1_000,
    async play(line, target) {
      line.send(purchase(line, target, 1_000))
      await line.trickle(' ', slowly)
    },
  },
  {
    name: 'slow chunks of a callback',
    limit: 'REQUEST_TIMEOUT_MS',
    slots: 80,
    pauseMs: 1_000,
    async play(line) {
      line.send(head('POST /v1/payments/callbacks/bank', chunks))
      await line.trickle('1\r\nx\r\n', slowly)
    },
  },
  {
    name: 'refused, goes on with its body',
    limit: 'REQUEST_TIMEOUT_MS',
    slots: 80,
    pauseMs: 1_000,
    async play(line, { soldOutPath }) {
      line.send(head(`POST ${soldOutPath}`, { 'content-length': 60_000 }))
      await line.trickle('x', slowly)
    },
  },
  {
    name: 'reads no answers',
    limit: 'SILENT_TIMEOUT_MS, unanswered requests',
    slots: 20,
    pauseMs: 5_000,
    async play(line) {
      line.stopReading()
      while (line.isOpen()) {
        if (line.waitingBytes() < floodBytes) line.send(head('GET /openapi.json').repeat(4))
        await sleep(100)
      }
    },
  },
  {
    name: `pipelines ${manyRequests.toLocaleString('en-US')} requests`,
    limit: 'unanswered requests',
    slots: 10,
    pauseMs: 5_000,
    play: (line, target) => line.send((purchase(line, target) + body).repeat(manyRequests)),
  },
  {
    name: 'resets in the middle',
    limit: 'its own end',
    slots: 20,
    pauseMs: 2_000,
    async play(line, target) {
      const buy = purchase(line, target)
      const middles = ['POST /v1/sa', buy, buy + body, list + list]
      line.send(middles[randomInt(middles.length)] ?? '')
      await sleep(randomInt(20))
      line.reset()
    },
  },
  {
    name: 'shuts its sending side',
    limit: 'its answer',
    slots: 10,
    pauseMs: 2_000,
    play(line) {
      line.send(list)
      line.shutSendingSide()
    },
  },
  {
    name: 'huge headers',
    limit: 'head bytes',
    slots: 10,
    pauseMs: 2_000,
    play: (line) => line.send(head('GET /v1/sales', { x: 'y'.repeat(100_000) })),
  },
  {
    name: 'smuggles, or is no HTTP',
    limit: 'the parser',
    slots: 10,
    pauseMs: 2_000,
    play(line) {
      const both = head('POST /v1/sales', { 'content-length': 4, 'transfer-encoding': 'chunked' })
      const odd = [both, 'nonsense\r\n\r\n', 'GET /v1/sales HTTP/1.1\nhost: x\n\n', '\0'.repeat(99)]
      line.send(odd[randomInt(odd.length)] ?? '')
    },
  },
]
