/**
 * Order's part of `recover-ledger`: `node src/recover/main.ts hold | win-back | accept`, with the
 * environment of the service. The report goes to standard output, progress to standard error.
 */
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

const config = readConfig(process.env)
const findings = createFindings('order', (line) => void process.stderr.write(`${line}\n`))
const log = recoveryLog(findings)
const db = createDb(config.database, { name: RECOVERY_NAME })
const source = { ...config.kafka, log }
try {
  await recoveryStep({
    verb: process.argv[2],
    db,
    winBack: () => winBack({ db, source, findings }),
    beforeAccept: () => giveTime(db), // nobody could pay meanwhile
  })
  process.stdout.write(`${JSON.stringify(findings.report())}\n`)
} finally {
  await db.close()
}
