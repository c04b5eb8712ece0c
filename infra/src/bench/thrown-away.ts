import { PlainError } from '../plain-error.ts'

/** The figures of this run count for nothing. */
export class ThrownAway extends PlainError {
  constructor(why: string) {
    super(`the run is thrown away: ${why}`)
  }
}
