/**
 * A broken invariant: something that must not happen. It is logged once, where the request or the
 * message came in; code decides by `code`, people read the sentence and the facts.
 */
export class Fault extends Error {
  readonly code: string
  readonly facts: Record<string, unknown>

  constructor(
    code: string,
    sentence: string,
    facts: Record<string, unknown> = {},
    options?: ErrorOptions,
  ) {
    super(sentence, options)
    this.name = 'Fault'
    this.code = code
    this.facts = facts
  }
}
