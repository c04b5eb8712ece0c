import { randomBytes } from 'node:crypto'

/** Starts with a letter, so that it can be a name in Postgres, Redis and Kafka. */
export const randomName = () => `t${randomBytes(5).toString('hex')}`

/** Long enough for every secret of ours. */
export const randomSecret = () => randomBytes(32).toString('hex')
