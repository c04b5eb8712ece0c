import { setTimeout as sleep } from 'node:timers/promises'
import { createArrivals } from './arrivals.ts'
import { createBuyers } from './buyers.ts'
import type { Crowd, CrowdReport } from './crowd.ts'
import { createTally } from './tally.ts'

const answersTimeoutMs = 60_000 // after the last phase
const lookEveryMs = 1

/** Sends one crowd and waits for every answer. */
export async function runCrowd(crowd: Crowd): Promise<CrowdReport> {
  const arrivals = createArrivals(crowd.phases)
  const tally = createTally()
  const buyers = createBuyers(crowd, tally)
  await buyers.connect()

  const cpuBefore = process.threadCpuUsage()
  const startedAt = performance.now()
  buyers.start(startedAt)
  for (let nowMs = 0; !arrivals.isOver(nowMs); nowMs = performance.now() - startedAt) {
    buyers.wake(startedAt + nowMs)
    for (let at = arrivals.take(nowMs); at !== undefined; at = arrivals.take(nowMs)) buyers.ask(at)
    await sleep(lookEveryMs)
  }
  const { user, system } = process.threadCpuUsage(cpuBefore)
  const busy = (user + system) / 1_000 / (performance.now() - startedAt)
  const giveUpAt = performance.now() + answersTimeoutMs
  while (buyers.asking() > 0) {
    if (performance.now() > giveUpAt) throw new Error(`${buyers.asking()} requests had no answer`)
    await sleep(lookEveryMs)
  }
  buyers.close()
  return { ...tally.report(), busy }
}
