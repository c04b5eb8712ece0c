/** What a buyer was answered. Nothing here is k6's: tests read it, too. */
export const outcomes = [
  'accepted',
  'unconfirmed',
  'sold-out',
  'limit-reached',
  'not-open',
  'rate-limited',
  'try-later',
  'no-answer',
  'other',
] as const
export type Outcome = (typeof outcomes)[number]

/** Said on purpose and in the contract's words; anything else is a fault. */
export function isPromised(outcome: Outcome): boolean {
  return outcome !== 'no-answer' && outcome !== 'other'
}

export type Answered = { outcome: Outcome; orderId?: string }

/** `status` is 0 when no answer came. */
export function readAnswer(status: number, body: string): Answered {
  if (status === 0) return { outcome: 'no-answer' }
  const { type = '', status: said, orderId } = parse(body)
  if (status === 202) {
    const outcome = said === 'accepted' || said === 'unconfirmed' ? said : 'other'
    return orderId === undefined ? { outcome } : { outcome, orderId }
  }
  return { outcome: refusals[`${status} ${type.slice(type.lastIndexOf(':') + 1)}`] ?? 'other' }
}

const refusals: Record<string, Outcome> = {
  '409 sold-out': 'sold-out',
  '409 limit-reached': 'limit-reached',
  '409 sale-not-open': 'not-open',
  '429 rate-limited': 'rate-limited',
  '503 try-later': 'try-later',
}

function parse(body: string): { type?: string; status?: unknown; orderId?: string } {
  try {
    return JSON.parse(body) ?? {}
  } catch {
    return {}
  }
}
