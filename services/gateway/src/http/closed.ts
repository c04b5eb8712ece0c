import type { RuntimeDocument } from '@flashsale/contracts/http/runtime-config.ts'
import { type Answer, problemAnswer } from '@flashsale/service-kit/problem.ts'

const RETRY_AFTER_SECONDS = 10 // an operator has done it: who asks sooner is told the same

/** What a buyer is told of a switch: docs/runtime-config.md. */
const details = {
  closeCardPayments: 'No new payment can be begun at the moment. One that is open can be ended.',
  readOnly: 'Nothing can be bought, paid or cancelled at the moment. What is yours stays yours.',
  stopJoins: 'Nobody else is let in at the moment. Who has an order goes on with it.',
}
const answers = new Map<keyof typeof details, Answer>()

/** The 503 of a switch, made once. */
export function closedBy(name: keyof typeof details): Answer {
  const known = answers.get(name) ?? make(name)
  answers.set(name, known)
  return known
}

function make(name: keyof typeof details): Answer {
  const { status, headers, body } = problemAnswer('try-later', { detail: details[name] })
  return { status, headers: { ...headers, 'retry-after': String(RETRY_AFTER_SECONDS) }, body }
}

export type Switches = { current(): Pick<RuntimeDocument, 'switches'> }
