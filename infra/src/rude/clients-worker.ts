import { parentPort, workerData } from 'node:worker_threads'
import { createTime } from '../demo/time.ts'
import { type Kind, kinds, type Target } from './kinds.ts'
import { type Line, openLine } from './line.ts'
import { createRudeTally } from './rude-tally.ts'

const comeWithinMs = 30_000 // a process takes in one connection with each turn of its event loop
const tellEveryMs = 1_000
const patienceMs = 150_000 // then a client leaves by itself, and that is told

const target = workerData as Target
const tally = createRudeTally()
const time = createTime()
const open = new Set<Line>()

async function playSlot(kind: Kind): Promise<void> {
  await time.pause(Math.random() * comeWithinMs)
  while (!time.isUp()) {
    const line = await openLine(target.port)
    if (line) await playLine(kind, line)
    else tally.ended(kind.name, { how: 'not let in', afterMs: 0 })
    await time.pause(kind.pauseMs)
  }
}

async function playLine(kind: Kind, line: Line): Promise<void> {
  open.add(line)
  tally.began(kind.name)
  const patience = setTimeout(line.leave, patienceMs)
  await kind.play(line, target)
  const ending = await line.over
  clearTimeout(patience)
  open.delete(line)
  tally.won.push(...line.won())
  if (!time.isUp()) tally.ended(kind.name, ending)
}

const playing = Promise.all(
  kinds.flatMap((kind) => Array.from({ length: kind.slots }, () => playSlot(kind))),
)
const telling = setInterval(() => parentPort?.postMessage({ open: open.size }), tellEveryMs)

parentPort?.once('message', async () => {
  time.end()
  for (const line of open) line.leave()
  await playing
  clearInterval(telling)
  parentPort?.postMessage({ open: open.size, kinds: tally.figures(), won: tally.won })
  parentPort?.close()
})
