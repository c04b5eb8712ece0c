import {
  CanaryRules,
  type SplitService,
  type WantedSplit,
} from '@flashsale/contracts/http/canary.ts'
import { z } from 'zod'
import { PlainError } from '../plain-error.ts'
import { sumOf } from '../soak/read-metrics.ts'
import type { Stack } from '../stack/stack.ts'
import { waitUntil } from '../wait-until.ts'

const timeoutMs = 5_000
const everywhereWithinMs = 10_000

const Splits = z.record(z.string(), z.looseObject({ rule: z.unknown() }))
type Wanted = z.input<typeof WantedSplit>

/** Who sets the split; what each gateway goes by is read from its metrics, which teach it nothing. */
export function createOperator(stack: Pick<Stack, 'status'>, token: string) {
  const gateways = stack.status().filter(({ name }) => /^gateway(-\d+)?$/.test(name))
  const urls = gateways.map(({ url }) => url)
  const [first = ''] = urls

  const admin = async (init: RequestInit = {}): Promise<CanaryRules> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await fetch(`${first}/v1/admin/canary`, { ...init, headers, signal })
    const text = await response.text()
    if (!response.ok) throw new PlainError(`the split: ${response.status} ${text}`)
    const splits = Object.entries(Splits.parse(JSON.parse(text)))
    return CanaryRules.parse(Object.fromEntries(splits.map(([name, { rule }]) => [name, rule])))
  }
  const figure = async (url: string, name: string, service: SplitService) => {
    const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(timeoutMs) })
    return sumOf(await response.text(), name, `service="${service}"`)
  }
  const everywhere = async (name: string, service: SplitService, value: number) => {
    const fromMs = performance.now()
    for (const url of urls) {
      const isSo = async () => (await figure(url, name, service)) === value
      await waitUntil(`${name} of ${service} to be ${value} at ${url}`, isSo, everywhereWithinMs)
    }
    return Math.round(performance.now() - fromMs)
  }
  return {
    /** At one gateway; ms until every one goes by it. */
    async set(service: SplitService, wanted: Wanted): Promise<number> {
      await admin({ method: 'PUT', body: JSON.stringify({ [service]: wanted }) })
      return await everywhere('gateway_canary_weight_percent', service, wanted.weightPercent ?? 0)
    },
    /** At how many of the gateways the canary is left by now. */
    async leftAt(service: SplitService): Promise<number> {
      const flags = urls.map((url) => figure(url, 'gateway_canary_rolled_back', service))
      return (await Promise.all(flags)).filter((flag) => flag === 1).length
    },
    /** ms until every gateway has left it. */
    leftEverywhere: (service: SplitService) => everywhere('gateway_canary_rolled_back', service, 1),
    rules: () => admin(),
    fellBack: async (service: SplitService): Promise<number> => {
      const counts = urls.map((url) => figure(url, 'gateway_track_fell_back_total', service))
      return (await Promise.all(counts)).reduce<number>((sum, count) => sum + (count ?? 0), 0)
    },
  }
}
export type Operator = ReturnType<typeof createOperator>
