const HOW = 'run tests with ./dev test, or start the servers and name them in the environment'

function required(name: 'POSTGRES_URL' | 'REDIS_URL' | 'KAFKA_BROKERS'): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is missing: ${HOW}`)
  return value
}

/** The real servers that tests run on, shared by all of them: each makes its own names. */
export const servers = {
  postgresUrl: () => required('POSTGRES_URL'),
  redisUrl: () => required('REDIS_URL'),
  kafkaBrokers: () => required('KAFKA_BROKERS').split(','),
}
