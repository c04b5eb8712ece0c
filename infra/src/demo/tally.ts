import type { SceneName, Way } from './behaviours.ts'
import type { Answer } from './calls.ts'

const faultsMax = 20 // printed; all are counted

export type Count = { buyers: number; happened: number }

/** `lag`: from the 202 to the order's row. */
export type Timed = 'buy' | 'lag' | 'payment' | 'look'

/** All that is counted while the sale runs. */
export function createTally() {
  const answers = new Map<string, number>()
  const ways = new Map<Way, Count>()
  const scenes = new Map<SceneName, number>()
  const times: Record<Timed, number[]> = { buy: [], lag: [], payment: [], look: [] }
  const faults: string[] = []
  const requests = { asked: 0, tryLater: 0, failed: 0, failures: new Map<string, number>() }
  let sent = 0
  let faultCount = 0

  const countOf = (way: Way): Count => {
    const count = ways.get(way) ?? { buyers: 0, happened: 0 }
    ways.set(way, count)
    return count
  }
  const addAnswer = (name: string) => void answers.set(name, (answers.get(name) ?? 0) + 1)
  const fault = (sentence: string) => {
    faultCount++
    if (faults.length < faultsMax) faults.push(sentence)
  }

  return {
    answers,
    ways,
    scenes,
    times,
    took: (what: Timed, ms: number) => void times[what].push(ms),
    faults,
    /** Of a buyer, for whatever; those that hang up are not among them. */
    requests,
    request(answer: Answer | undefined) {
      requests.asked++
      if (answer && isTryLater(answer)) requests.tryLater++
      const failure = failureOf(answer)
      if (failure === undefined) return
      requests.failed++
      requests.failures.set(failure, (requests.failures.get(failure) ?? 0) + 1)
    },
    sent: () => void sent++,
    attempts: () => sent,
    faultCount: () => faultCount,
    /** Something that must never be. */
    fault,
    hungUp: () => addAnswer('answer not waited for'),
    answered(answer: Answer | undefined) {
      if (!answer) return addAnswer('no answer')
      const { status, code, replayed } = answer
      addAnswer(`${status} ${code}${replayed ? ', again' : ''}`)
      if (status >= 500 && status !== 503) fault(`a buy was answered ${status} ${code}`)
    },
    played: (way: Way) => void countOf(way).buyers++,
    proved: (way: Way) => void countOf(way).happened++,
    seen: (scene: SceneName, count = 1) => void scenes.set(scene, (scenes.get(scene) ?? 0) + count),
  }
}
export type Tally = ReturnType<typeof createTally>

/** Said on purpose, with the time after which to ask again. */
const isTryLater = ({ status, code, retryAfterMs }: Answer) =>
  status === 503 && code === 'try-later' && retryAfterMs > 0

/** What a client counts as failed: no answer, a reset connection included, or a 5xx out of trouble. */
export function failureOf(answer: Answer | undefined): string | undefined {
  if (!answer) return 'no answer'
  const { status, code } = answer
  return status < 500 || isTryLater(answer) ? undefined : `${status} ${code}`
}

/** The value below which the part `p` of the sorted values lies; undefined without any. */
export function percentile(values: readonly number[], p: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))]
}
