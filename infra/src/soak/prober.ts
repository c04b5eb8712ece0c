import type { Random } from '@flashsale/simulation/random.ts'
import type { Shared } from '../drill/sale-run.ts'
import { type Outcome, type Probe, type ProbeKind, probeKinds } from './nines.ts'
import { createProbeAsks } from './probe-asks.ts'
import { createProbeCaller, inTimeMs } from './probe-call.ts'
import type { ProbeSales } from './probe-sales.ts'

const probesPerSecond = 24
const catchUpMs = 200

type Wanted = {
  shared: Pick<Shared, 'time' | 'sign'>
  random: Random
  sales: ProbeSales
  port: number
  /** What is away now. */
  during: () => string
}

/** Asks at a steady rate whatever comes of it, and notes what did. */
export function startProber({ shared, random, sales, port, during }: Wanted) {
  const { time, sign } = shared
  const caller = createProbeCaller(port)
  const asks = createProbeAsks({ sales, random, sign })
  const probes: Probe[] = []
  const underWay = new Set<Promise<void>>()
  let isOver = false

  async function probe(kind: ProbeKind): Promise<void> {
    const request = asks.next(kind)
    if (!request) return
    const noted: Probe = { kind, sentAtMs: performance.now(), during: during(), first: 'none' }
    probes.push(noted)
    const first = caller.send(request.ask, 'kept').then((answered) => {
      noted.first = answered.outcome
      request.answered(answered)
      return answered
    })
    const soon = await Promise.race([first, time.pause(inTimeMs)])
    if (!soon || isWorthAgain(soon.outcome)) {
      const again = await caller.send(request.ask, 'own')
      noted.again = again.outcome
      request.answered(again)
    }
    await first
  }

  async function askOnAndOn(): Promise<void> {
    let next = performance.now()
    for (let turn = 0; !isOver && !time.isUp(); turn++) {
      next = Math.max(next + 1_000 / probesPerSecond, performance.now() - catchUpMs)
      await time.pause(next - performance.now())
      const kind = probeKinds[turn % probeKinds.length] as ProbeKind
      const one: Promise<void> = probe(kind).finally(() => void underWay.delete(one))
      underWay.add(one)
    }
  }
  const running = askOnAndOn()

  return {
    probes,
    wrongAnswers: asks.wrong,
    async stop(): Promise<void> {
      isOver = true
      await running
      await Promise.all(underWay)
      caller.leave()
    },
  }
}
export type Prober = ReturnType<typeof startProber>

const isWorthAgain = (outcome: Outcome) => outcome !== 'in time' && outcome !== 'try later'
