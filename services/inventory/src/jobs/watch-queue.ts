import { topics } from '@flashsale/contracts/topics.ts'
import type { Bus } from '@flashsale/messaging/bus.ts'
import { outboxBacklog } from '@flashsale/messaging/outbox.ts'
import type { WatchedRedis } from '@flashsale/redis/connection.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { startJob } from '@flashsale/service-kit/job.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { atMost } from '@flashsale/service-kit/wait.ts'
import { type Admission, type Stage, stages } from '../domain/admission.ts'
import type { Backlog } from '../domain/drain.ts'
import { createLedgerBacklog } from '../domain/ledger-backlog.ts'
import { metrics } from '../metrics.ts'
import { readStreamLengths } from '../redis/read-backlog.ts'
import { type SaleRegister, segmentOf } from '../stock/sale-register.ts'

const EVERY_MS: Record<Stage, number> = { ledger: 250, outbox: 500, order: 1_000 }
const READ_WITHIN_MS = 2_000
const ORDER_GROUP = 'order' // whose rows end the queue

type Deps = {
  db: Db
  redis: WatchedRedis
  register: SaleRegister
  bus: Pick<Bus, 'backlog'>
  admission: Admission
  log: Log
}

/**
 * In every instance: looks at what stands behind a 202, each stage by itself, so that one whose server is
 * away hides no other. What can't be read stays as it was.
 */
export function startQueueWatch(deps: Deps) {
  const { db, redis, register, bus, admission, log } = deps
  const ledgerBacklog = createLedgerBacklog()
  const read: Record<Stage, () => Promise<Backlog>> = {
    async ledger() {
      const segments = register.active().map(segmentOf)
      return ledgerBacklog(await redis.health.glance(() => readStreamLengths(redis, segments)))
    },
    outbox: () => outboxBacklog(db),
    order: () => bus.backlog(ORDER_GROUP, topics.stock),
  }
  const look = async (stage: Stage) => {
    const reading = read[stage]().then(
      (backlog) => admission.learn(stage, backlog, performance.now()),
      () => {}, // its server is away: those who work with it say so
    )
    await atMost(READ_WITHIN_MS, reading)
    tell(admission, stage)
  }
  const jobs = stages.map((stage) =>
    startJob({
      name: `watch-queue-${stage}`,
      everyMs: EVERY_MS[stage],
      run: () => look(stage),
      log,
    }),
  )
  return { stop: () => Promise.all(jobs.map((job) => job.stop())) }
}

function tell(admission: Admission, stage: Stage) {
  const { waiting, perSecond } = admission.figuresOf(stage)
  const { waitMs, isOpen } = admission.queue()
  metrics.queueEntries.set({ stage }, waiting)
  if (perSecond !== undefined) metrics.drainPerSecond.set({ stage }, perSecond)
  metrics.queueSeconds.set(waitMs / 1_000)
  metrics.admissionClosed.set(isOpen ? 0 : 1)
}
