import { stateDirOf } from '../checkout.ts'
import { PlainError } from '../plain-error.ts'
import { ownerOf, removeOrphans } from '../supervisor/owner.ts'
import { ended, processStart, signal } from '../supervisor/process-table.ts'

const stopTimeoutMs = 60_000

export async function down(args: string[]): Promise<number> {
  if (args.length > 0) throw new PlainError('down takes no arguments')
  console.error((await stopSystem(stateDirOf('up'))) ? 'stopped' : 'nothing is up')
  return 0
}

/** Stops the supervisor of a state folder with all it runs, or what a killed one left; false if there was nothing. */
export async function stopSystem(stateDir: string): Promise<boolean> {
  const owner = ownerOf(stateDir)
  const started = owner && processStart(owner)
  if (owner && started) {
    signal(owner, 'SIGTERM')
    if (!(await ended(owner, started, stopTimeoutMs))) {
      throw new PlainError(`the supervisor (pid ${owner}) does not stop`)
    }
  }
  const orphans = await removeOrphans(stateDir)
  return owner !== undefined || orphans.length > 0
}
