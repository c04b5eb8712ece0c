import type { Stack } from '../stack/stack.ts'
import { createCpuMeter } from './cpu-meter.ts'
import { fixedWork, fixedWorkMs } from './fixed-work.ts'
import { readMetrics } from './read-metrics.ts'
import { readProcesses } from './read-processes.ts'
import { readServers } from './read-servers.ts'
import type { Servers } from './servers.ts'

/** Figures by name; one that could not be read then is missing. */
export type Sample = { atMs: number; figures: Record<string, number> }

/** Looks at everything every so often, from `start` on. */
export function createSampler(stack: Stack, servers: Servers) {
  const samples: Sample[] = []
  const cpu = createCpuMeter()
  const startedAt = performance.now()
  let timer: NodeJS.Timeout | undefined
  let reading: Promise<void> = Promise.resolve()

  async function read(): Promise<Sample> {
    const atMs = Math.round(performance.now() - startedAt)
    const parts = stack.status()
    const [processes, metrics, fromServers] = await Promise.all([
      readProcesses(parts),
      readMetrics(parts),
      readServers(servers),
    ])
    cpu.note(processes, parts)
    const figures: Sample['figures'] = { ...metrics, ...fromServers, [fixedWork]: fixedWorkMs() }
    for (const { name, memoryMiB, fds, besideTheHeapMiB } of processes) {
      figures[`memory ${name}`] = memoryMiB
      if (besideTheHeapMiB !== undefined) figures[`beside the heap ${name}`] = besideTheHeapMiB
      figures[`fds ${name}`] = fds
    }
    return { atMs, figures }
  }
  const take = async () => void samples.push(await read())

  return {
    samples,
    cpu,
    read,
    /** A look that takes longer than the pause delays the next one. */
    start(everyMs: number): void {
      cpu.reset()
      samples.length = 0
      reading = take()
      timer = setInterval(() => {
        reading = reading.then(take)
      }, everyMs)
    },
    async stop(): Promise<void> {
      clearInterval(timer)
      await reading
      await take()
    },
  }
}
export type Sampler = ReturnType<typeof createSampler>

/** What is on its way: holds, events and messages that nobody has handled yet. */
export function backlogOf({ figures }: Sample): number {
  const waiting = Object.entries(figures).filter(([name]) =>
    /^(stream entries|outbox rows |consumer lag )/.test(name),
  )
  return waiting.reduce((sum, [, count]) => sum + count, 0)
}
