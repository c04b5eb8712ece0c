import { quantile } from '../bench/statistics.ts'

/** What the seeds ask of every answer, from the arrival of its request on. */
export const limits = { averageMs: 50, tp99Ms: 100, tp999Ms: 1_000 }
/** Of all requests: so many may go without a result (`try later`, unconfirmed, lost) in a rate that holds. */
export const withoutResultMax = 0.001

export type LatencyRow = {
  name: string
  count: number
  /** Of all that were offered. */
  share: number
  averageMs: number
  tp99Ms: number
  tp999Ms: number
  missed: string[]
}

export function latencyRow(name: string, latenciesMs: Float64Array, offered: number): LatencyRow {
  const count = latenciesMs.length
  const averageMs = latenciesMs.reduce((sum, ms) => sum + ms, 0) / count
  const [tp99Ms, tp999Ms] = [quantile(latenciesMs, 0.99), quantile(latenciesMs, 0.999)]
  const missed = [
    ...(averageMs > limits.averageMs ? ['AVG'] : []),
    ...(tp99Ms > limits.tp99Ms ? ['TP99'] : []),
    ...(tp999Ms > limits.tp999Ms ? ['TP999'] : []),
  ]
  return { name, count, share: count / offered, averageMs, tp99Ms, tp999Ms, missed }
}

export function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
