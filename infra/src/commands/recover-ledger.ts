import { parseArgs } from 'node:util'
import { recoverLedger } from '../recover/recover-ledger.ts'
import { serviceEnvironments } from '../recover/service-environments.ts'
import { recoveryTable } from '../recover/table.ts'
import { runningSystem } from './running.ts'

/** docs/runbooks/ledger-behind.md. Exit 1 when something is left for a person. */
export async function recoverLedgerCommand(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean' } } })
  const startedAt = performance.now()
  const tell = (line: string) => {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)
    console.error(`${seconds} s  ${line}`)
  }
  const recovery = await recoverLedger(serviceEnvironments(runningSystem()), tell)
  console.log(values.json ? JSON.stringify(recovery) : recoveryTable(recovery))
  return recovery.open.length === 0 ? 0 : 1
}
