import { PlainError } from '../plain-error.ts'
import type { Time } from './time.ts'

const lookEveryMs = 100

type Wait = { limitMs: number; what: () => string; time: Time }

/** The first value that is there. `what` is asked for at the end, so that it can say what is left. */
export async function waitFor<T>(
  check: () => Promise<T | undefined> | T | undefined,
  { limitMs, what, time }: Wait,
): Promise<T> {
  const giveUpAt = performance.now() + limitMs
  while (true) {
    const value = await check()
    if (value !== undefined) return value
    if (time.isUp()) throw new PlainError(`stopped while waiting for ${what()}`)
    if (performance.now() > giveUpAt) {
      throw new PlainError(`waited ${limitMs / 1_000} s for ${what()}`)
    }
    await time.pause(lookEveryMs)
  }
}
