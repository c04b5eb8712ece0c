import { metricsPage } from './metrics-page.ts'

/** Path in the checkout, and what stands there. */
export function madeFiles(): Map<string, string> {
  return new Map([['docs/metrics.md', metricsPage()]])
}
