import { stateDirOf } from '../checkout.ts'
import { PlainError } from '../plain-error.ts'
import { type Addresses, addresses, readSettings, type Settings } from '../stack/settings.ts'
import { ownerOf } from '../supervisor/owner.ts'

/** The settings of the running `up`; fails in one line when nothing is up. */
export function runningSystem(): { settings: Settings; to: Addresses; stateDir: string } {
  const stateDir = stateDirOf('up')
  const settings = ownerOf(stateDir) === undefined ? undefined : readSettings(stateDir)
  if (!settings) throw new PlainError('nothing is up: run ./dev up --wait first')
  return { settings, to: addresses(settings), stateDir }
}
