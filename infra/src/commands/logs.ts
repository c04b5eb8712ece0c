import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { stateDirOf } from '../checkout.ts'
import { PlainError } from '../plain-error.ts'

const linesFirst = 50

export async function logs([name]: string[]): Promise<number> {
  const folder = join(stateDirOf('up'), 'logs')
  const files = existsSync(folder) ? readdirSync(folder).sort() : []
  const wanted = name ? files.filter((file) => file === `${name}.log`) : files
  if (files.length === 0) throw new PlainError('there are no logs: run ./dev up first')
  if (wanted.length === 0) {
    throw new PlainError(`no log of ${name}; there are: ${files.join(' ').replaceAll('.log', '')}`)
  }
  const tail = spawn('tail', ['-n', String(linesFirst), '-F', ...wanted], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [code] = await once(tail, 'exit')
  return code ?? 0
}
