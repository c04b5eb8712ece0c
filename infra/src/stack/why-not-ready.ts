import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PartStatus } from '../supervisor/part.ts'

const linesMax = 12

/** Which parts are not ready, with the end of their logs. */
export function whyNotReady(stateDir: string, parts: PartStatus[], cause?: unknown): string {
  const late = parts.filter(({ state }) => state !== 'ready')
  const blamed = late.filter(({ state }) => state !== 'waiting') // the others only wait for these
  const first = `not ready: ${late.map(({ name }) => name).join(', ')}`
  const reason = cause instanceof Error ? ` (${cause.message})` : ''
  const logs = blamed.map(({ name, restarts }) => {
    const file = join(stateDir, 'logs', `${name}.log`)
    return `--- ${name}, started again ${restarts} times; from ${file}\n${lastLines(file)}`
  })
  return [first + reason, ...logs].join('\n')
}

function lastLines(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-linesMax).join('\n')
  } catch {
    return '(no log)'
  }
}
