import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../checkout.ts'
import { askPrometheus } from './ask-prometheus.ts'
import { madeFiles } from './made-files.ts'

/** Writes what is made from the registry and the boards' sources; a test holds the checkout to it. */
export async function boards(args: string[]): Promise<number> {
  const options = { ask: { type: 'boolean' }, json: { type: 'string' } } as const
  const { values } = parseArgs({ args, options })
  if (values.ask) return askPrometheus(values.json)
  for (const [path, text] of madeFiles()) {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    console.log(path)
  }
  return 0
}
