/** Resolves `done` when as many have counted as were expected. */
export function createCountdown(expected: number) {
  const { promise: done, resolve } = Promise.withResolvers<void>()
  let left = expected
  if (left === 0) resolve()
  return {
    done,
    left: () => left,
    count(): void {
      left--
      if (left === 0) resolve()
    },
  }
}
export type Countdown = ReturnType<typeof createCountdown>
