/**
 * The ledger's part of `recover-ledger`: `node src/recover/main.ts hold | win-back | accept`, with the
 * environment of the service. The report goes to standard output, progress to standard error.
 */
import { closeRedis, connectRedis, whenReady } from '@flashsale/redis/connection.ts'
import { createDb } from '@flashsale/service-kit/db.ts'
import {
  createFindings,
  RECOVERY_NAME,
  recoveryLog,
  recoveryStep,
} from '@flashsale/service-kit/recovery.ts'
import { readConfig } from '../config.ts'
import { giveTime } from '../db/recovery.ts'
import { winBack } from './win-back.ts'

const REDIS_READY_WITHIN_MS = 10_000
const REDIS_TIMEOUT_MS = 30_000 // a whole sale is read in one step

const config = readConfig(process.env)
const findings = createFindings('inventory', (line) => void process.stderr.write(`${line}\n`))
const log = recoveryLog(findings)
const db = createDb(config.database, { name: RECOVERY_NAME })
try {
  const beforeAccept = () => giveTime(db)
  await recoveryStep({ verb: process.argv[2], db, winBack: withRedis, beforeAccept })
  process.stdout.write(`${JSON.stringify(findings.report())}\n`)
} finally {
  await db.close()
}

async function withRedis() {
  const redis = connectRedis({ ...config.redis, commandTimeoutMs: REDIS_TIMEOUT_MS })
  try {
    await whenReady(redis, REDIS_READY_WITHIN_MS)
    const source = { ...config.kafka, log }
    const { keyPrefix } = config.redis
    await winBack({ db, redis, keyPrefix, source, findings, log })
  } finally {
    await closeRedis(redis)
  }
}
