import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Fault, faultFile, noFault, seenFile } from './witness-files.ts'

export const witnessPreload = new URL('./witness-preload.ts', import.meta.url).href

export type SeenCall = { atMs: number; method: string; path: string }

/** What each instance was asked, as it wrote it down itself; and what it is made to suffer from. */
export function createWitness(folder: string) {
  mkdirSync(folder, { recursive: true })
  return {
    folder,
    /** Of an instance, such as `order-1`, since then. */
    seen(instance: string, sinceMs: number, untilMs = Date.now()): SeenCall[] {
      const file = join(folder, seenFile(instance))
      if (!existsSync(file)) return []
      const calls = readFileSync(file, 'utf8').split('\n').slice(0, -1).map(parseCall)
      return calls.filter(({ atMs }) => atMs >= sinceMs && atMs < untilMs)
    },
    suffer(instance: string, fault: Partial<Fault>): void {
      const file = join(folder, faultFile(instance))
      writeFileSync(`${file}.new`, JSON.stringify({ ...noFault, ...fault }))
      renameSync(`${file}.new`, file)
    },
  }
}
export type Witness = ReturnType<typeof createWitness>

function parseCall(line: string): SeenCall {
  const [atMs = '', method = '', path = ''] = line.split(' ')
  return { atMs: Number(atMs), method, path }
}

const ORDER = /^\/internal\/orders\/([0-9a-f-]{36})/

/** The order that a call is about. */
export const orderOf = ({ path }: SeenCall) => ORDER.exec(path)?.[1]
