import {
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
  type IBackoff,
} from 'cockatiel'

const FAILURES_IN_A_ROW = 10
const LOOK_AGAIN_MS = 500

/** `failed`: it says that the peer is away. */
export type Tried<T> = { outcome: T; failed: boolean }
type Options = { onChange?: (isOpen: boolean) => void }
export type Circuit = ReturnType<typeof createCircuit>

/**
 * After so many failures in a row nothing is sent for half a second. Then one call finds out, while the
 * others are still refused: if it does not fail all goes on, else the pause begins anew.
 */
export function createCircuit({ onChange = () => {} }: Options = {}) {
  let closedUntilMs = 0 // of the process' monotonic clock
  const policy = circuitBreaker(
    handleWhenResult((tried) => (tried as Tried<unknown>).failed),
    { breaker: new ConsecutiveBreaker(FAILURES_IN_A_ROW), halfOpenAfter: { next: startPause } },
  )
  policy.onStateChange((state) => onChange(state !== CircuitState.Closed))

  /** The library counts by the wall clock: one that is set back by an hour would close the road for it. */
  function startPause(): IBackoff<unknown> {
    closedUntilMs = performance.now() + LOOK_AGAIN_MS
    return {
      next: startPause,
      get duration() {
        return isPausing() ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
      },
    }
  }
  const isPausing = () => performance.now() < closedUntilMs

  return {
    /** Whether a call would not be sent now. */
    refuses: () =>
      policy.state === CircuitState.HalfOpen || (policy.state === CircuitState.Open && isPausing()),
    /** Only while it does not refuse. */
    run: <T>(work: () => Promise<Tried<T>>): Promise<Tried<T>> => policy.execute(work),
  }
}
