import { readdirSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'

/** A place in Redis' append-only file, to cut it off there once Redis is down. */
export type AofMark = { file: string; bytes: number }

/** The file that Redis appends to: the newest increment of its manifest. */
export function aofFile(redisFolder: string): string {
  const folder = join(redisFolder, 'appendonlydir')
  const manifest = readdirSync(folder).find((name) => name.endsWith('.manifest')) ?? ''
  const lines = readFileSync(join(folder, manifest), 'utf8').trim().split('\n')
  const increments = lines.map((line) => /^file (\S+) seq (\d+) type i/.exec(line))
  const newest = increments
    .filter((match) => match !== null)
    .sort((one, other) => Number(one[2]) - Number(other[2]))
    .at(-1)
  if (!newest?.[1]) throw new Error(`no append-only file in ${folder}`)
  return join(folder, newest[1])
}

export function markAof(redisFolder: string): AofMark {
  const file = aofFile(redisFolder)
  return { file, bytes: statSync(file).size }
}

/**
 * Takes off what was appended after the mark, as a power cut takes what was not synced: Redis must be
 * down. Half a command at the end is left out by Redis itself. Returns what is left.
 */
export function cutAof({ file, bytes }: AofMark): Buffer {
  if (statSync(file).size > bytes) truncateSync(file, bytes)
  return readFileSync(file)
}
