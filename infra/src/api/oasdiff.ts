import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type GoProgram, goProgram } from '../parts/go-program.ts'
import { PlainError } from '../plain-error.ts'
import type { Change } from './judge-version.ts'

const timeoutMs = 60_000
const ADDITION = 1 // of its levels; a warning (2) and an error (3) can break somebody

export const oasdiff: GoProgram = {
  name: 'oasdiff',
  path: 'github.com/oasdiff/oasdiff',
  version: 'v1.37.0',
}
/**
 * Where we differ from it. What an answer had is missed by somebody, optional or not, and a code is part of the
 * contract; values may be added, as the document says. Whether the version rose is judged here, not there.
 */
const levels = fileURLToPath(new URL('./oasdiff-levels.txt', import.meta.url))
const Told = z.array(
  z.object({
    level: z.int().min(1).max(3),
    text: z.string(),
    operation: z.string().optional(),
    path: z.string().optional(),
  }),
)

/** What oasdiff tells of two documents, breaking changes first. */
export function changesBetween(from: string, to: string): Change[] {
  const folder = mkdtempSync(join(tmpdir(), 'flashsale-api-'))
  try {
    const files = { from: join(folder, 'from.json'), to: join(folder, 'to.json') }
    writeFileSync(files.from, from)
    writeFileSync(files.to, to)
    const args = ['changelog', '--format', 'json', '--severity-levels', levels]
    const options = {
      cwd: folder, // where no settings of others lie
      encoding: 'utf8',
      timeout: timeoutMs,
      env: { ...process.env, OASDIFF_NO_TELEMETRY: '1' },
    } as const
    const program = goProgram(oasdiff)
    const { status, stdout, stderr } = spawnSync(program, [...args, files.from, files.to], options)
    if (status !== 0) throw new PlainError(`oasdiff failed: ${stderr?.trim()}`)
    return sorted(stdout.trim() === '' ? [] : Told.parse(JSON.parse(stdout)))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function sorted(told: z.infer<typeof Told>): Change[] {
  const changes = told.map(({ level, text, operation, path }) => ({
    level: level === ADDITION ? ('addition' as const) : ('breaking' as const),
    call: [operation, path].filter((part) => part !== undefined).join(' '),
    text,
  }))
  return changes.sort((a, b) => Number(a.level === 'addition') - Number(b.level === 'addition'))
}
