import http from 'k6/http'
import type { Options, Scenario, Threshold } from 'k6/options'
import type { Settings } from './settings.ts'
import { thresholds } from './thresholds.ts'

const vusShare = 0.3 // of the peak: as many wait at once when an answer takes 300 ms
const setupTimeout = '10m' // a sale that is given may open later

/** Every status that the contract promises to a buyer is an answer, and no failure. */
http.setResponseCallback(http.expectedStatuses(200, 201, 202, 409, 429, 503))

export const trendStats = [
  'avg',
  'min',
  'med',
  'p(90)',
  'p(95)',
  'p(99)',
  'p(99.9)',
  'max',
  'count',
]

/** What all scripts have in common. */
export function optionsOf(
  load: Scenario,
  rules: Record<string, Threshold[]> = thresholds,
): Options {
  return {
    scenarios: { load },
    thresholds: rules,
    summaryTrendStats: trendStats,
    systemTags: ['status', 'name', 'scenario', 'check', 'error_code'], // a tag of each URL would be one of each order
    setupTimeout,
  }
}

/** An open model wants a virtual user for each who waits; no more than so many, and what then drops is counted. */
export function usersFor({ sizes, vusMax }: Settings) {
  const preAllocatedVUs = Math.min(Math.max(10, Math.ceil(sizes.peakPerSecond * vusShare)), vusMax)
  return { preAllocatedVUs, maxVUs: vusMax }
}
