import type { z } from 'zod'
import type { Topic } from './topics.ts'

export type EventDefinition<Data extends z.ZodType = z.ZodType> = {
  /** What happened, in the past tense: `stock.held`. */
  type: string
  version: number
  topic: Topic
  /** The key decides the order of delivery: events of one key arrive in the order written. */
  key: (data: z.infer<Data>) => string
  /** The order that it is told of, where the key is not its id: it is part of that order's trace. */
  order?(data: z.infer<Data>): string | undefined
  data: Data
}

export type EventOf<Definition extends EventDefinition> = {
  /** Made when the event is written; the same in every copy of it. */
  id: string
  type: string
  version: number
  key: string
  /** RFC 3339, when the transaction wrote it. */
  occurredAt: string
  data: z.infer<Definition['data']>
}

/** An event is a contract with one home: see `events/`. */
export function defineEvent<Data extends z.ZodType>(definition: EventDefinition<Data>) {
  return definition
}
