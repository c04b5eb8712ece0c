import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownerOf } from './supervisor/owner.ts'

/** The root of this checkout. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

/** Where every run keeps its state; tests of the commands take a folder of their own. */
export const states = process.env.FLASHSALE_STATE_DIR || join(root, '.flashsale')

export function stateDirOf(name: string): string {
  return join(states, name)
}

/** The state folder of one run; the next number when another run of that name is still going. */
export function ownStateDir(name: string): string {
  for (let number = 1; ; number++) {
    const stateDir = stateDirOf(number === 1 ? name : `${name}-${number}`)
    if (ownerOf(stateDir) === undefined) return stateDir
  }
}
