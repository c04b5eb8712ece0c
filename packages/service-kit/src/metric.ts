/** The one place where metrics are made: each by its name in the registry, with that row's labels. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry, register } from 'prom-client'
import { metricRegistry } from './metric-registry.ts'
import type { MetricRow } from './metric-row.ts'

type Rows = typeof metricRegistry
type Kind = MetricRow['kind']
export type MetricName<K extends Kind = Kind> = {
  [Name in keyof Rows]: Rows[Name]['kind'] extends K ? Name : never
}[keyof Rows]
type Label<Name extends MetricName> = Rows[Name]['labels'][number]

export const counter = <Name extends MetricName<'counter'>>(name: Name) =>
  new Counter<Label<Name>>(configOf(name))

/** `read` is asked at each scrape; while it fails the last value stays and all else is told. */
export function gauge<Name extends MetricName<'gauge'>>(name: Name, read?: () => Promise<number>) {
  const made: Gauge<Label<Name>> = new Gauge({
    ...configOf(name),
    ...(read && { collect: () => read().then((value) => made.set(value), ignore) }),
  })
  return made
}

export const histogram = <Name extends MetricName<'histogram'>>(name: Name) =>
  new Histogram<Label<Name>>({ ...configOf(name), buckets: [...metricRegistry[name].buckets] })

/** For GET /metrics. */
export const metricsText = () => register.metrics()
export const metricsType = register.contentType

/** CPU, memory, event loop and garbage collection of this process. */
export const tellProcessMetrics = () => collectDefaultMetrics()

/** Names of the metrics above, which are prom-client's and not in the registry. */
export async function processMetricNames(): Promise<Set<string>> {
  const own = new Registry()
  collectDefaultMetrics({ register: own })
  const all = await own.getMetricsAsJSON()
  return new Set(all.map(({ name }) => name))
}

function configOf<Name extends MetricName>(name: Name) {
  const { help, labels }: MetricRow = metricRegistry[name]
  return { name, help, labelNames: labels as Label<Name>[] }
}

function ignore() {}
