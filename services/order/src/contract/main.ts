/**
 * What of `migrations/contract` has not run yet: `node src/contract/main.ts`, with the environment of
 * the service. Fails, and says why, while an older release is connected (docs/change.md).
 */
import { contract } from '@flashsale/service-kit/contract.ts'
import { createDb } from '@flashsale/service-kit/db.ts'
import { readConfig } from '../config.ts'
import { LISTS_NAME } from '../db/list-orders.ts'
import { migrations } from '../db/migrations.ts'

const config = readConfig(process.env)
const db = createDb(config.database, { name: 'contract' })
try {
  const ran = await contract(db, migrations, { besides: [LISTS_NAME, 'contract'] })
  process.stdout.write(`${JSON.stringify(ran)}\n`)
} finally {
  await db.close()
}
