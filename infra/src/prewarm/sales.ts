import { z } from 'zod'

const TIMEOUT_MS = 5_000

const Sales = z.object({
  sales: z.array(z.object({ state: z.string(), opensAt: z.iso.datetime({ offset: true }) })),
})
export type Sale = z.infer<typeof Sales>['sales'][number]

export async function readSales(gatewayUrl: string): Promise<Sale[]> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const response = await fetch(new URL('/v1/sales', gatewayUrl), { signal })
  if (!response.ok) throw new Error(`the gateway can't tell its sales: ${response.status}`)
  return Sales.parse(await response.json()).sales
}

type Around = { leadMs: number; keepMs: number }

/** Whether a sale that is not over opens soon, or opened a short time ago. */
export function isWarm(sales: Sale[], nowMs: number, { leadMs, keepMs }: Around): boolean {
  return sales.some(({ state, opensAt }) => {
    const untilMs = Date.parse(opensAt) - nowMs
    return state !== 'closed' && untilMs <= leadMs && untilMs >= -keepMs
  })
}
