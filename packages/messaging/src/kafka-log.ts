import type { Log } from '@flashsale/service-kit/log.ts'
import { type logCreator, logLevel } from 'kafkajs'

const AGAIN_AFTER_MS = 10_000
const TEXTS_MAX = 1_000

// What belongs to every start and end of a member, or is meant (see kafka-producer.ts).
const ORDINARY = /rebalanc|Limiting retries for the idempotent producer|not aware of this member/i

/**
 * kafkajs tells every hiccup as an error and goes on, several times a second while a broker is away:
 * here each text is told once in a while. What it could not mend, we log ourselves.
 */
export function kafkaLog(log: Log): logCreator {
  const toldAt = new Map<string, number>()
  const isNew = (text: string) => {
    const now = performance.now()
    if (now - (toldAt.get(text) ?? Number.NEGATIVE_INFINITY) < AGAIN_AFTER_MS) return false
    if (toldAt.size >= TEXTS_MAX) toldAt.clear()
    toldAt.set(text, now)
    return true
  }
  return () => (entry) => {
    const { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...facts } = entry.log
    const text = `${message} ${facts.error ?? ''}`
    const ordinary = entry.level > logLevel.WARN || ORDINARY.test(text)
    if (ordinary || isNew(text)) {
      const write = ordinary ? log.debug : log.warn
      write.call(log, { ...facts, from: entry.namespace, told: message }, 'kafka client')
    }
  }
}
