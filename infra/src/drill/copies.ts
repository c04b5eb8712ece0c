import type { Service } from '../parts/services.ts'
import type { Stack } from '../stack/stack.ts'
import { instancesOf } from './strike.ts'

const timeoutMs = 2_000
const line = /^inbox_copies_total (\d+)/m

/**
 * Counts from now on the events that came again to a service and were left out; a process that is
 * started anew counts from 0.
 */
export async function copiesLeftOut(
  stack: Stack,
  service: Service,
): Promise<() => Promise<number>> {
  const before = await readAll(stack, service)
  return async () => {
    const now = await readAll(stack, service)
    return [...now].reduce((sum, [name, { pid, copies }]) => {
      const earlier = before.get(name)
      const since = earlier?.pid === pid ? copies - earlier.copies : copies
      return sum + Math.max(since, 0) // below 0: it could not be asked this time
    }, 0)
  }
}

type Counted = { pid: number | null; copies: number }

async function readAll(stack: Stack, service: Service): Promise<Map<string, Counted>> {
  const names = instancesOf(stack, service)
  const parts = stack.status().filter(({ name }) => names.includes(name))
  const counted = parts.map(async ({ name, pid, url }) => {
    return [name, { pid, copies: await readCopies(url) }] as const
  })
  return new Map(await Promise.all(counted))
}

async function readCopies(url: string): Promise<number> {
  try {
    const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(timeoutMs) })
    return Number(line.exec(await response.text())?.[1] ?? 0)
  } catch {
    return 0
  }
}
