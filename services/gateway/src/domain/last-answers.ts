type Kept<T> = { answer: T; atMs: number }

/** The last answer about each of so many things; the one that was told longest ago is forgotten first. */
export function createLastAnswers<T>({ most, forMs }: { most: number; forMs: number }) {
  const kept = new Map<string, Kept<T>>()

  return {
    remember(key: string, answer: T, nowMs: number) {
      kept.delete(key) // so that it goes behind the others
      kept.set(key, { answer, atMs: nowMs })
      const [oldest] = kept.keys()
      if (kept.size > most && oldest !== undefined) kept.delete(oldest)
    },
    /** Undefined when there is none, or none that is young enough. */
    recall(key: string, nowMs: number): { answer: T; ageSeconds: number } | undefined {
      const one = kept.get(key)
      if (!one) return undefined
      const ageMs = nowMs - one.atMs
      if (ageMs <= forMs) return { answer: one.answer, ageSeconds: Math.ceil(ageMs / 1_000) }
      kept.delete(key)
      return undefined
    },
  }
}
