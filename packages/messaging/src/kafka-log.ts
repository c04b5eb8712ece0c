import type { Log } from '@flashsale/service-kit/log.ts'
import { type logCreator, logLevel } from 'kafkajs'

// What belongs to every start and end of a member, or is meant (see kafka-producer.ts).
const ORDINARY = /rebalanc|Limiting retries for the idempotent producer|not aware of this member/i

/** kafkajs tells every hiccup as an error and goes on; what it could not mend, we log ourselves. */
export function kafkaLog(log: Log): logCreator {
  return () => (entry) => {
    const { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...facts } = entry.log
    const text = `${message} ${facts.error ?? ''}`
    const write = entry.level > logLevel.WARN || ORDINARY.test(text) ? log.debug : log.warn
    write.call(log, { ...facts, from: entry.namespace, told: message }, 'kafka client')
  }
}
