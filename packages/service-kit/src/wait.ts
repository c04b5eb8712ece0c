type Wait = { timeoutMs: number; everyMs?: number; what: string }
type NotYet = undefined | false

/** The first value that is there (not undefined, not false). Throws after `timeoutMs`. */
export async function until<T>(
  check: () => Promise<T | NotYet> | T | NotYet,
  { timeoutMs, everyMs = 20, what }: Wait,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  while (true) {
    const value = await check()
    if (value !== undefined && value !== false) return value
    if (performance.now() >= deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`)
    await sleep(everyMs)
  }
}

/** Waits for `work` no longer than `ms`; what it does after that is left alone. */
export async function atMost(ms: number, work: Promise<unknown> | undefined): Promise<void> {
  const enough = new AbortController()
  await Promise.race([work, sleep(ms, enough.signal)])
  enough.abort() // else the timer would keep the process alive
}

/** Ends early, without an error, when `signal` is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done)
  })
}
