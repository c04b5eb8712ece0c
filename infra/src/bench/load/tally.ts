import type { Answer } from './answer-reader.ts'
import type { Load, LoadReport } from './load.ts'

/** Counts the answers to one load. */
export function createTally({ spanMs, expect }: Load) {
  const latencies: number[] = []
  const accepted: string[] = []
  const unconfirmed: string[] = []
  const others: Record<string, number> = {}
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
    answer({ status, body }: Answer, arrivedAtMs: number, nowMs: number) {
      answered++
      const orderId = status === 202 ? orderIdIn(body) : undefined
      if (orderId) (body.includes('"accepted"') ? accepted : unconfirmed).push(orderId)
      const isProvable = status !== 202 || orderId !== undefined // else no ledger can tell of it
      if (status !== expect.status || !body.includes(expect.text ?? '') || !isProvable) {
        other(body.includes('"unconfirmed"') ? 'unconfirmed' : String(status))
        return
      }
      latencies.push(nowMs - arrivedAtMs)
      if (nowMs > startedAt + spanMs) return
      counted++
      countedAt = nowMs
    },
    lost: () => other('lost'),
    report: (): Omit<LoadReport, 'busy'> => ({
      counted,
      countedMs: countedAt - startedAt,
      expected: latencies.length,
      answered,
      others,
      latenciesMs: Float64Array.from(latencies),
      accepted,
      unconfirmed,
    }),
  }
}

function orderIdIn(body: string): string | undefined {
  const name = '"orderId":"'
  const at = body.indexOf(name)
  if (at < 0) return undefined
  const from = at + name.length
  return body.slice(from, body.indexOf('"', from))
}
