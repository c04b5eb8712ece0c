import { existsSync, globSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, stateDirOf, states } from '../checkout.ts'
import { PlainError } from '../plain-error.ts'
import { readSettings } from '../stack/settings.ts'
import { wipeState, wipeTraces } from '../stack/wipe.ts'
import { ownerOf, removeOrphans } from '../supervisor/owner.ts'
import { stopSystem } from './down.ts'

const caches = [
  '.turbo',
  '{services,packages}/*/.turbo',
  'infra/.turbo',
  'services/*/src/generated',
]

/** Stops `up`, then removes every run's state and the caches; installed packages stay. */
export async function clean(args: string[]): Promise<number> {
  if (args.length > 0) throw new PlainError('clean takes no arguments')
  await stopSystem(stateDirOf('up'))
  const names = existsSync(states) ? readdirSync(states) : []
  const busy = names.filter((name) => ownerOf(stateDirOf(name)) !== undefined)
  if (busy.length > 0) throw new PlainError(`still running: ${busy.join(', ')}; stop it first`)
  for (const name of names) await removeRun(stateDirOf(name))
  rmSync(states, { recursive: true, force: true })
  for (const cache of globSync(caches, { cwd: root })) {
    rmSync(join(root, cache), { recursive: true, force: true })
  }
  console.error('removed state and caches')
  return 0
}

async function removeRun(stateDir: string): Promise<void> {
  await removeOrphans(stateDir)
  const settings = readSettings(stateDir)
  if (settings) {
    await wipeTraces(settings).catch((error: Error) => {
      console.error(`could not remove databases, keys or topics of ${stateDir}: ${error.message}`)
    })
  }
  wipeState(stateDir)
}
