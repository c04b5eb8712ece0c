import { setTimeout as sleep } from 'node:timers/promises'

type NotYet = undefined | false

/** The first value that is there. A test never sleeps for a time it hopes is enough. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | NotYet> | T | NotYet,
  { timeoutMs = 10_000, everyMs = 20 } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  while (true) {
    const value = await check()
    if (value !== undefined && value !== false) return value
    if (performance.now() >= deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`)
    await sleep(everyMs)
  }
}
