import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PlainError } from '../plain-error.ts'
import { assertScale, countOf, type Scale } from './scale.ts'
import { type External, readSettings } from './settings.ts'

/** Fails when these numbers can't be had here, and says why. */
export function assertCanScale(stateDir: string, scale: Scale, external: External): void {
  assertScale(scale)
  const brokers = countOf(scale, 'kafka')
  if (external.kafka) {
    if (brokers === 1) return
    throw new PlainError('KAFKA_BROKERS names servers of others: there is no kafka to scale')
  }
  const before = countOf(readSettings(stateDir)?.scale ?? {}, 'kafka')
  const isMade = existsSync(join(stateDir, 'kafka/log/meta.properties'))
  if (!isMade || before === brokers) return
  // Its copies, and who votes for a controller, are laid down in its data.
  throw new PlainError(
    `Kafka's data here is of ${before} broker(s), not ${brokers}: add --fresh, or keep the number`,
  )
}
