import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'
import { removePostgresData } from '../parts/postgres-files.ts'
import { dropDatabases } from './databases.ts'
import { addresses, type Settings } from './settings.ts'

const scanCount = 1_000

/** Empties a state folder; the mark of who runs it stays. */
export function wipeState(stateDir: string): void {
  removePostgresData(stateDir)
  for (const entry of readdirSync(stateDir)) {
    if (entry === 'owner') continue
    rmSync(join(stateDir, entry), { recursive: true, force: true })
  }
}

/** Removes this run's databases, keys and topics from servers that are not ours; nothing else. */
export async function wipeTraces(settings: Settings): Promise<void> {
  const { external } = settings
  const to = addresses(settings)
  if (external.postgres) await dropDatabases(to)
  if (external.redis) await removeKeys(external.redis, to.redisKeyPrefix)
  if (external.kafka) await removeTopics(external.kafka, to.topicPrefix)
}

async function removeKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 })
  redis.on('error', () => {}) // the command below fails with it
  try {
    const pattern = { match: `${prefix}*`, count: scanCount }
    for await (const keys of redis.scanStream(pattern)) {
      if (keys.length > 0) await redis.unlink(...keys)
    }
  } finally {
    redis.disconnect()
  }
}

async function removeTopics(brokers: string, prefix: string): Promise<void> {
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix))
    if (topics.length > 0) await admin.deleteTopics({ topics })
  } finally {
    await admin.disconnect()
  }
}
