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

/** The value below which the part `p` of the sorted values lies; undefined without any. */
export function percentile(values: readonly number[], p: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))]
}
