import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PartStatus } from './part.ts'
import { isSameProcess, processStart } from './process-table.ts'

/** What the supervisor of a state folder tells the other commands. */
export type SupervisorState = {
  pid: number
  processStart: string
  phase: 'starting' | 'up' | 'stopping' | 'stopped'
  error?: string | undefined
  parts: PartStatus[]
}

export function writeState(stateDir: string, state: Omit<SupervisorState, 'pid' | 'processStart'>) {
  const own = { pid: process.pid, processStart: processStart(process.pid) ?? '' }
  const file = stateFile(stateDir)
  writeFileSync(`${file}.new`, JSON.stringify({ ...own, ...state }, null, 2))
  renameSync(`${file}.new`, file) // a reader sees the old or the new one, never a half
}

export function readState(stateDir: string): SupervisorState | undefined {
  try {
    return JSON.parse(readFileSync(stateFile(stateDir), 'utf8'))
  } catch {
    return undefined
  }
}

export function isSupervised(state: SupervisorState | undefined): boolean {
  return state !== undefined && isSameProcess(state.pid, state.processStart)
}

function stateFile(stateDir: string): string {
  return join(stateDir, 'state.json')
}
