import type { Answer } from './answer-reader.ts'
import type { Expected, Load, LoadReport } from './load.ts'

/** One request, and when it arrived at the generator. */
export type Asked = { request: number; arrivedAtMs: number }

/** Counts the answers to one load. */
export function createTally({ spanMs, expect, kinds = {} }: Load) {
  const latencies: number[] = []
  const accepted: string[] = []
  const unconfirmed: string[] = []
  const acceptedRequests: number[] = []
  const others: Record<string, number> = {}
  const named = Object.entries(kinds)
  const byKind: Record<string, number[]> = {}
  let startedAt = 0
  let counted = 0
  let countedAt = 0
  let answered = 0

  const other = (name: string) => {
    others[name] = (others[name] ?? 0) + 1
  }
  return {
    start: (nowMs: number) => {
      startedAt = nowMs
    },
    answer(answer: Answer, { request, arrivedAtMs }: Asked, nowMs: number) {
      const { status, body } = answer
      answered++
      const orderId = status === 202 ? orderIdIn(body) : undefined
      const isAccepted = body.includes('"accepted"')
      if (orderId) (isAccepted ? accepted : unconfirmed).push(orderId)
      if (orderId && isAccepted) acceptedRequests.push(request)
      const kind = named.find(([, expected]) => fits(answer, expected))?.[0] ?? 'other'
      byKind[kind] ??= []
      byKind[kind].push(nowMs - arrivedAtMs)
      const isProvable = status !== 202 || orderId !== undefined // else no ledger can tell of it
      if (!fits(answer, expect) || !isProvable) {
        other(body.includes('"unconfirmed"') ? 'unconfirmed' : String(status))
        return
      }
      latencies.push(nowMs - arrivedAtMs)
      if (nowMs > startedAt + spanMs) return
      counted++
      countedAt = nowMs
    },
    lost: () => other('lost'),
    report: (): Omit<LoadReport, 'busy' | 'late' | 'bytes'> => ({
      counted,
      countedMs: countedAt - startedAt,
      expected: latencies.length,
      answered,
      others,
      latenciesMs: Float64Array.from(latencies),
      accepted,
      unconfirmed,
      acceptedRequests,
      byKind: Object.fromEntries(
        Object.entries(byKind).map(([kind, latencies]) => [kind, Float64Array.from(latencies)]),
      ),
    }),
  }
}

function fits({ status, body }: Answer, expected: Expected): boolean {
  return status === expected.status && body.includes(expected.text ?? '')
}

function orderIdIn(body: string): string | undefined {
  const name = '"orderId":"'
  const at = body.indexOf(name)
  if (at < 0) return undefined
  const from = at + name.length
  return body.slice(from, body.indexOf('"', from))
}
