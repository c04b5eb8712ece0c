import type { ActionNote } from '@flashsale/contracts/http/admin-actions.ts'
import { startJob } from '@flashsale/service-kit/job.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import type { AdminActions } from '../clients/admin-actions.ts'
import { metrics } from '../metrics.ts'

const AGAIN_EVERY_MS = 1_000
const WAITING_MAX = 1_000

/** What operators do, on its way to the ledger. */
export type ActionRecord = {
  /** False where it is not on record, and will not be. */
  write(note: ActionNote): Promise<boolean>
  /** On record now, or as soon as it can be; in the log at once where it has to wait. */
  writeLater(note: ActionNote): Promise<void>
  list: AdminActions['list']
  stop(): Promise<void>
}
type Deps = { actions: AdminActions; log: Log; everyMs?: number }

export function startActionRecord({ actions, log, everyMs = AGAIN_EVERY_MS }: Deps): ActionRecord {
  const waiting: ActionNote[] = []
  const tell = () => metrics.actionsWaiting.set(waiting.length)
  tell()

  const write = (note: ActionNote) =>
    actions.write(note).catch((error) => {
      log.error({ err: error, id: note.id }, 'a record of an admin action was not taken')
      return false
    })
  /** In the order in which they came; the first that is not taken keeps the others waiting. */
  const run = async () => {
    for (let first = waiting[0]; first && (await write(first)); first = waiting[0]) {
      waiting.shift()
      tell()
    }
  }
  const job = startJob({ name: 'action-record', everyMs, run, log })

  return {
    write,
    async writeLater(note) {
      if (waiting.length === 0 && (await write(note))) return
      log.warn({ note }, 'the record of an admin action waits for the ledger')
      if (waiting.length >= WAITING_MAX) waiting.shift() // the log has it
      waiting.push(note)
      tell()
    },
    list: actions.list,
    async stop() {
      await job.stop()
      await run()
    },
  }
}
