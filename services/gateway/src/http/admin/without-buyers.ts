const OF_A_COHORT = /\/cohort(\/|$)/

/** A copy in which no cohort says who is in it, only how many: the record of actions names no buyers. */
export function withoutBuyers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutBuyers)
  if (typeof value !== 'object' || value === null) return value
  const { at } = value as { at?: unknown } // of a difference, whose values may be buyers
  if (typeof at === 'string' && OF_A_COHORT.test(at)) return { at }
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    name === 'cohort' && Array.isArray(field) ? { buyers: field.length } : withoutBuyers(field),
  ])
  return Object.fromEntries(fields)
}
