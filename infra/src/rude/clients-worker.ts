import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { type Kind, kinds, type Target } from './kinds.ts'
import { openLine } from './line.ts'
import { createRudeTally } from './rude-tally.ts'

const comeWithinMs = 10_000 // not all in one moment, when it starts
const tellEveryMs = 1_000
const patienceMs = 150_000 // then a client leaves by itself, and that is told

const target = workerData as Target
const tally = createRudeTally()
const isOver = { now: false }

async function playSlot(kind: Kind): Promise<void> {
  await sleep(Math.random() * comeWithinMs)
  while (!isOver.now) {
    const line = await openLine(target.port)
    if (!line) tally.ended(kind.name, { how: 'not let in', afterMs: 0 })
    else {
      open.add(line)
      tally.began(kind.name)
      const patience = setTimeout(line.leave, patienceMs)
      await kind.play(line, target)
      const ending = await line.over
      clearTimeout(patience)
      open.delete(line)
      tally.won.push(...line.won())
      if (!isOver.now) tally.ended(kind.name, ending)
    }
    if (!isOver.now) await sleep(kind.pauseMs)
  }
}

const open = new Set<{ leave(): void }>()
const playing = Promise.all(
  kinds.flatMap((kind) => Array.from({ length: kind.slots }, () => playSlot(kind))),
)
const telling = setInterval(() => parentPort?.postMessage({ open: open.size }), tellEveryMs)

parentPort?.once('message', async () => {
  isOver.now = true
  for (const line of open) line.leave()
  await playing
  clearInterval(telling)
  parentPort?.postMessage({ open: open.size, kinds: tally.figures(), won: tally.won })
  parentPort?.close()
})
