import { type MetricRow, metricRegistry } from '@flashsale/service-kit/metric-registry.ts'

const HEAD = `# Metrics

What every service tells at \`GET /metrics\`, in Prometheus' format, beside the metrics of its process (\`process_*\`,
\`nodejs_*\`). Made by \`./dev boards\` from [metric-registry.ts](../packages/service-kit/src/metric-registry.ts), the one
place where a metric gets its name, unit and labels. No label names a buyer, an order, a payment or a token; \`sale\` goes
away with its sale. Objectives: [slo.md](slo.md). Alerts: [rules](../infra/prometheus). Dashboards:
[infra/grafana](../infra/grafana/README.md).
`
const COLUMNS = ['metric', 'kind', 'unit', 'labels', 'is']

/** docs/metrics.md: one table for each part that tells them, by the first word of the name. */
export function metricsPage(): string {
  const rows: [string, MetricRow][] = Object.entries(metricRegistry)
  const parts = Map.groupBy(rows, ([name]) => name.split('_')[0] ?? '')
  const tables = [...parts].map(([part, of]) => `\n## ${part}\n\n${table(of)}\n`)
  return HEAD + tables.join('')
}

function table(rows: [string, MetricRow][]): string {
  const lines = rows.map(([name, { kind, unit, labels, help, buckets }]) => {
    const edges = buckets ? `. Buckets: ${buckets.join(', ')}` : ''
    const names = labels.map((label) => `\`${label}\``).join(' ')
    return [`\`${name}\``, kind, unit, names, help + edges]
  })
  const all = [COLUMNS, COLUMNS.map(() => '---'), ...lines]
  return all.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
