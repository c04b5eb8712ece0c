import type { Stack } from '../stack/stack.ts'
import type { Buyers } from './buyers.ts'
import { type Sample, sampleGateway } from './samples.ts'

const everyMs = 5_000
const sayEverySamples = 6

type Deps = { stack: Stack; buyers: Buyers; say: (line: string) => void }

/** Reads the gateway again and again while a phase lasts. */
export function createSampler({ stack, buyers, say }: Deps) {
  const { gateway: url } = stack.addresses
  const pid = stack.status().find(({ name }) => name === 'gateway')?.pid ?? 0
  const startedAt = performance.now()
  const samples: Sample[] = []
  return {
    samples,
    async during(phase: string, ms: number, rude: () => number): Promise<void> {
      const until = performance.now() + ms
      while (performance.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, everyMs))
        const { answers, p50, p99 } = buyers.latencies()
        const atS = Math.round((performance.now() - startedAt) / 1_000)
        const seen = await sampleGateway(pid, url)
        const one = { atS, phase, rude: rude(), ...seen, answers, buyP50Ms: p50, buyP99Ms: p99 }
        samples.push(one)
        if (samples.length % sayEverySamples === 1) say(inWords(one))
      }
    },
  }
}

function inWords({ phase, rude, connections, fds, rssMiB, heapMiB, buyP50Ms, buyP99Ms }: Sample) {
  const [p50, p99] = [buyP50Ms, buyP99Ms].map((ms) => ms?.toFixed(1) ?? '-')
  const memory = `resident ${rssMiB.toFixed(0)} MiB, heap ${heapMiB.toFixed(0)} MiB`
  const open = `${rude} rude, ${connections} connections, ${fds} files`
  return `${phase.padEnd(6)} ${open} | ${memory} | buy p50 ${p50} ms, p99 ${p99} ms`
}
