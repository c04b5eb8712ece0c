/** How a row of the registry is written. */
export type MetricRow = {
  kind: 'counter' | 'gauge' | 'histogram'
  unit: string
  help: string
  labels: readonly string[]
  buckets?: readonly number[]
}
type Labels = readonly string[]

export const counter = <const L extends Labels>(unit: string, help: string, ...labels: L) =>
  ({ kind: 'counter', unit, help, labels }) as const
export const gauge = <const L extends Labels>(unit: string, help: string, ...labels: L) =>
  ({ kind: 'gauge', unit, help, labels }) as const
export const histogram = <const L extends Labels>(help: string, buckets: number[], ...labels: L) =>
  ({ kind: 'histogram', unit: 'seconds', help, buckets, labels }) as const

// 0.2 and 1 are edges because objectives stand there (docs/slo.md).
export const ANSWER = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2.5]
export const BATCH = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]
export const ROAD = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
