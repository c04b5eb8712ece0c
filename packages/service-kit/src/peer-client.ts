import { createBulkhead } from './bulkhead.ts'
import { createCircuit, type Tried } from './circuit.ts'
import { type Call, createHttpClient, type HttpClient, type Outcome } from './http-client.ts'
import { peerMetrics } from './peer-metrics.ts'
import { createRetries } from './retries.ts'

const AT_ONCE_MAX = 128
const WAITING_MAX = 4_096

export type PeerOptions = {
  /** What another service is called for; its name in metrics. */
  peer: string
  /** For a call as a whole: waiting for room, all tries, and the pauses between them. */
  timeoutMs: number
  atOnceMax?: number
  waitingMax?: number
}
const NOT_SENT: Outcome = { kind: 'not-sent' }
const UNKNOWN: Outcome = { kind: 'unknown' }

/**
 * `createHttpClient` with room for so many calls at once, a circuit that opens while nobody answers, and
 * retries out of a budget. What is kept back by one of these is `not-sent`; what may have arrived stays
 * `unknown` (P8). Calls of one peer should take about as long: the one that finds out whether it is
 * there again may use all of its time.
 */
export function createPeerClient(baseUrls: string, options: PeerOptions): HttpClient {
  const { peer, timeoutMs, atOnceMax = AT_ONCE_MAX, waitingMax = WAITING_MAX } = options
  const http = createHttpClient(baseUrls, { timeoutMs, connections: atOnceMax })
  const waiting = peerMetrics.waiting.labels(peer)
  const bulkhead = createBulkhead({ atOnceMax, waitingMax, onWaiting: (n) => waiting.set(n) })
  const circuit = watchedCircuit(peer)
  const retries = createRetries({ peer, isInVain: circuit.refuses })
  const counted = callCounters(peer)

  const send = async (wanted: Call, endsAtMs: number): Promise<Tried<Outcome>> => {
    const tried = await circuit.run(async () => {
      const timeoutMs = Math.max(0, endsAtMs - performance.now())
      return judge(wanted, await http.call({ ...wanted, timeoutMs }))
    })
    const { outcome, failed } = tried
    counted[outcome.kind === 'answer' && failed ? 'could-not' : outcome.kind].inc()
    return tried
  }
  const sendUntil = async (wanted: Call, endsAtMs: number): Promise<Outcome> => {
    retries.earn()
    let lostBefore = false
    for (let nth = 0; ; nth++) {
      const { outcome, failed } = await send(wanted, endsAtMs)
      if (outcome.kind === 'answer' && !lostBefore) return outcome
      if (outcome.kind === 'answer') return failed ? UNKNOWN : { ...outcome, lostBefore }
      lostBefore ||= outcome.kind === 'unknown'
      if (!(await retries.isDue(wanted, nth, endsAtMs))) return lostBefore ? UNKNOWN : NOT_SENT
    }
  }
  const refuse = (why: 'circuit-open' | 'full') => {
    counted[why].inc()
    return NOT_SENT
  }
  const call = async (wanted: Call): Promise<Outcome> => {
    const endsAtMs = performance.now() + (wanted.timeoutMs ?? timeoutMs)
    if (circuit.refuses()) return refuse('circuit-open')
    if (!(await bulkhead.enter(endsAtMs - performance.now()))) return refuse('full')
    try {
      if (circuit.refuses()) return refuse('circuit-open') // it opened while this one waited
      return await sendUntil(wanted, endsAtMs)
    } finally {
      bulkhead.leave()
    }
  }
  return { call, close: http.close }
}

const OUTCOMES = ['answer', 'could-not', 'unknown', 'not-sent', 'circuit-open', 'full'] as const
type Outcomes = (typeof OUTCOMES)[number]

/** Found once: looking a counter up by its labels costs more than counting. */
function callCounters(peer: string) {
  const counterOf = (outcome: string) => peerMetrics.calls.labels(peer, outcome)
  const pairs = OUTCOMES.map((outcome) => [outcome, counterOf(outcome)])
  return Object.fromEntries(pairs) as Record<Outcomes, ReturnType<typeof counterOf>>
}

function watchedCircuit(peer: string) {
  const gauge = peerMetrics.circuitOpen.labels(peer)
  gauge.set(0)
  return createCircuit({ onChange: (isOpen) => gauge.set(isOpen ? 1 : 0) })
}

/** An answer says that the peer is there, unless it is trouble and the caller says that nobody could. */
function judge({ couldNot }: Call, outcome: Outcome): Tried<Outcome> {
  if (outcome.kind !== 'answer') return { outcome, failed: true }
  return { outcome, failed: outcome.status >= 500 && couldNot?.(outcome) === true }
}
