import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../checkout.ts'
import { PlainError } from '../plain-error.ts'
import { madeFiles } from './made-files.ts'

/** Writes what is made from the registry and the boards' sources; a test holds the checkout to it. */
export async function boards(args: string[]): Promise<number> {
  if (args.length > 0) throw new PlainError('boards takes no arguments')
  for (const [path, text] of madeFiles()) {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    console.log(path)
  }
  return 0
}
