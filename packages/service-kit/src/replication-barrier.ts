import type { Asked } from './timeline.ts'

const STARTED = 'select pg_postmaster_start_time()::text as started'
const ONE_COMMIT = "select pg_logical_emit_message(true, 'flashsale-barrier', '')"

/**
 * Whoever acts on a row acts on what two disks have (R18). A primary with a synchronous standby shows a
 * row only then, with one exception: after a crash and a restart also rows whose commit still waited.
 * One more commit that was waited for has all of them on the standby. Once for each start of the server.
 */
export function replicationBarrier() {
  let passed: string | undefined
  let passing: Promise<void> | undefined

  async function pass(tx: Asked, started: string): Promise<void> {
    await tx.query(ONE_COMMIT)
    passed = started
  }

  return async (tx: Asked): Promise<void> => {
    const { rows } = await tx.query(STARTED)
    const { started } = rows[0] as { started: string }
    while (passed !== started) {
      // One waits for all: each session that waits keeps its place on the server to the end.
      passing ??= pass(tx, started).finally(() => {
        passing = undefined
      })
      await passing
    }
  }
}
