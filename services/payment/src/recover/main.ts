/**
 * Payment's part of `recover-ledger`: `node src/recover/main.ts hold | win-back | accept`, with the
 * environment of the service. The report goes to standard output, progress to standard error.
 */
import { createDb } from '@flashsale/service-kit/db.ts'
import {
  createFindings,
  RECOVERY_NAME,
  recoveryLog,
  recoveryStep,
} from '@flashsale/service-kit/recovery.ts'
import { createBank } from '../clients/bank.ts'
import { readConfig } from '../config.ts'
import { winBack } from './win-back.ts'

const config = readConfig(process.env)
const findings = createFindings('payment', (line) => void process.stderr.write(`${line}\n`))
const log = recoveryLog(findings)
const db = createDb(config.database, { name: RECOVERY_NAME })
const bank = createBank(config)
const source = { ...config.kafka, log }
try {
  await recoveryStep({
    verb: process.argv[2],
    db,
    winBack: () => winBack({ db, bank, source, findings }),
  })
  process.stdout.write(`${JSON.stringify(findings.report())}\n`)
} finally {
  await bank.close()
  await db.close()
}
