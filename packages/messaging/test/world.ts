import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import {
  defineEvent,
  type EventDefinition,
  type EventOf,
} from '@flashsale/contracts/define-event.ts'
import { topics } from '@flashsale/contracts/topics.ts'
import { locksMigrations } from '@flashsale/locks/migrations.ts'
import { createDb, type Db, type Tx } from '@flashsale/service-kit/db.ts'
import { migrate } from '@flashsale/service-kit/migrate.ts'
import { testTopicPrefix } from '@flashsale/test-kit/bus.ts'
import { testDatabase } from '@flashsale/test-kit/db.ts'
import { servers } from '@flashsale/test-kit/servers.ts'
import { z } from 'zod'
import { type Bus, type BusOptions, createBus, type Message } from '../src/bus.ts'
import { messagingMigrations } from '../src/migrations.ts'

export const ThingMoved = defineEvent({
  type: 'thing.moved',
  version: 1,
  topic: topics.stock,
  key: (data) => data.thing,
  data: z.object({ thing: z.string(), step: z.int() }),
})
export type ThingMoved = EventOf<typeof ThingMoved>

export const ThingLost = defineEvent({
  type: 'thing.lost',
  version: 1,
  topic: topics.stock,
  key: (data) => data.thing,
  data: z.object({ thing: z.string(), step: z.int() }),
})

export const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** A database and topics of the test's own; what was opened is closed in reverse after the test. */
export async function world(t: TestContext, { partitions = 1 } = {}) {
  const opened: (() => Promise<unknown>)[] = []
  t.after(async () => {
    for (const close of opened.reverse()) await close()
  })
  const topicPrefix = testTopicPrefix(t)

  const database = async (): Promise<Db> => {
    const db = createDb(await testDatabase(t))
    opened.push(db.close)
    await migrate(db, messagingMigrations)
    await migrate(db, locksMigrations)
    await db.query('create table steps (n serial, thing text, step int, note text)')
    return db
  }
  const bus = (group: string, options: Partial<BusOptions> = {}): Bus => {
    const brokers = servers.kafkaBrokers()
    const made = createBus({ brokers, group, topicPrefix, partitions, log: silent, ...options })
    opened.push(made.close)
    return made
  }
  await bus('maker').ensureTopics([ThingMoved])
  return {
    topicPrefix,
    database,
    bus,
    closeLater: (close: () => Promise<unknown>) => opened.push(close),
  }
}

type Step = { thing: string; step: number }

/** As the relay would publish it. */
export function message(
  data: Step,
  {
    id = randomUUID(),
    event = ThingMoved as EventDefinition,
  }: Partial<{ id: string; event: EventDefinition }> = {},
): Message {
  const headers = {
    id,
    type: event.type,
    version: String(event.version),
    'occurred-at': new Date().toISOString(),
  }
  return { topic: event.topic, key: data.thing, value: JSON.stringify(data), headers }
}

export const steps = (thing: string, count: number): Step[] =>
  Array.from({ length: count }, (_, step) => ({ thing, step }))

/** What a handler in these tests does: it leaves a row for each event. */
export async function record(tx: Tx, events: { data: Step }[], note = '') {
  for (const { data } of events) {
    const text = 'insert into steps (thing, step, note) values ($1, $2, $3)'
    await tx.query(text, [data.thing, data.step, note])
  }
}

export async function recorded(db: Db) {
  const { rows } = await db.query<{ thing: string; step: number; note: string }>(
    'select thing, step, note from steps order by n',
  )
  return rows
}

export const soon = (what: string) => ({ timeoutMs: 15_000, what })
