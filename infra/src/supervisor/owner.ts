import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ended, isSameProcess, processStart, signal } from './process-table.ts'
import { signalTree } from './process-tree.ts'
import { isSupervised, readState } from './state-file.ts'

const orphanTimeoutMs = 8_000
const claimTriesMax = 20

/** Makes this process the only one that supervises the folder; false when another one does. */
export function claim(stateDir: string): boolean {
  mkdirSync(stateDir, { recursive: true })
  const file = join(stateDir, 'owner')
  const own = { pid: process.pid, processStart: processStart(process.pid) }
  for (let tries = 0; tries < claimTriesMax; tries++) {
    try {
      writeFileSync(file, JSON.stringify(own), { flag: 'wx' })
      return true
    } catch {
      if (ownerOf(stateDir)) return false
      rmSync(file, { force: true }) // its owner is gone without a word
    }
  }
  return false
}

export function release(stateDir: string): void {
  if (ownerOf(stateDir) === process.pid) rmSync(join(stateDir, 'owner'), { force: true })
}

/** The pid of the living process that supervises this folder. */
export function ownerOf(stateDir: string): number | undefined {
  try {
    const owner = JSON.parse(readFileSync(join(stateDir, 'owner'), 'utf8'))
    return isSameProcess(owner.pid, owner.processStart) ? owner.pid : undefined
  } catch {
    return undefined
  }
}

/** Ends what a killed supervisor left running; their names. */
export async function removeOrphans(stateDir: string): Promise<string[]> {
  const state = readState(stateDir)
  if (!state || isSupervised(state)) return []
  const orphans = state.parts.filter(({ pid, processStart }) => isSameProcess(pid, processStart))
  for (const kind of ['service', 'infra']) {
    const ofKind = orphans.filter((orphan) => orphan.kind === kind)
    await Promise.all(ofKind.map(({ pid, processStart }) => end(pid ?? 0, processStart ?? '')))
  }
  return orphans.map(({ name }) => name)
}

async function end(pid: number, started: string): Promise<void> {
  signal(pid, 'SIGINT') // for Postgres its fast shutdown, for all others the same as SIGTERM
  signalTree(pid, 'SIGCONT') // a frozen one hears nothing before
  if (await ended(pid, started, orphanTimeoutMs)) return
  signalTree(pid, 'SIGKILL')
  await ended(pid, started, orphanTimeoutMs)
}
