import { driftBoard } from './drift-board.ts'
import { lagBoard } from './lag-board.ts'
import { metricsPage } from './metrics-page.ts'
import { moneyBoard } from './money-board.ts'
import { resourcesBoard } from './resources-board.ts'
import { saleBoard } from './sale-board.ts'
import { servicesBoard } from './services-board.ts'

/** Every dashboard, by the name of its file. */
export const dashboards = () => ({
  services: servicesBoard(),
  sale: saleBoard(),
  money: moneyBoard(),
  lag: lagBoard(),
  drift: driftBoard(),
  resources: resourcesBoard(),
})

/** Path in the checkout, and what stands there. */
export function madeFiles(): Map<string, string> {
  const files = new Map([['docs/metrics.md', metricsPage()]])
  for (const [name, made] of Object.entries(dashboards())) {
    const text = JSON.stringify(made, undefined, 2)
    files.set(`infra/grafana/dashboards/${name}.json`, `${text}\n`)
  }
  return files
}
