import { parseArgs } from 'node:util'
import { stateDirOf } from '../checkout.ts'
import { httpReady } from '../parts/ready.ts'
import type { PartStatus } from '../supervisor/part.ts'
import { isSameProcess } from '../supervisor/process-table.ts'
import { isSupervised, readState } from '../supervisor/state-file.ts'

type Row = Omit<PartStatus, 'processStart' | 'state'> & { state: string }

export async function ps(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean' } } })
  const rows = await runningParts(stateDirOf('up'))
  if (values.json) console.log(JSON.stringify(rows))
  else if (rows.length === 0) console.error('nothing is up')
  else printTable(rows)
  return 0
}

async function runningParts(stateDir: string): Promise<Row[]> {
  const state = readState(stateDir)
  if (!state) return []
  const isKept = isSupervised(state)
  const isAlive = (part: PartStatus) => isSameProcess(part.pid, part.processStart)
  const parts = state.parts.filter((part) => isKept || isAlive(part))
  return Promise.all(
    parts.map(async ({ name, kind, pid, url, restarts, ...part }) => {
      const state = isKept ? await stateNow(name, part.state, url) : 'orphan'
      return { name, kind, pid, url, state, restarts }
    }),
  )
}

/** A part that was ready may have lost what it needs since. */
async function stateNow(name: string, state: string, url: string): Promise<string> {
  const isOurs = url.startsWith('http') && name !== 'zipkin' // which has no /readyz
  const isAsked = state === 'ready' && isOurs
  return isAsked && !(await httpReady(`${url}/readyz`)) ? 'not-ready' : state
}

function printTable(rows: Row[]): void {
  const header = ['name', 'kind', 'pid', 'state', 'restarts', 'url']
  const lines = rows.map((row) => [
    row.name,
    row.kind,
    String(row.pid ?? '-'),
    row.state,
    String(row.restarts),
    row.url,
  ])
  const all = [header, ...lines]
  const widths = header.map((_, column) =>
    Math.max(...all.map((line) => (line[column] ?? '').length)),
  )
  for (const line of all) {
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  }
}
