/** `node src/migrate/main.ts [--wait]`, with DATABASE_URL of the service: docs/kubernetes.md. */
import { migrateCommand } from '@flashsale/service-kit/migrate-command.ts'
import { allMigrations } from '../db/migrations.ts'

const args = process.argv.slice(2)
await migrateCommand({ service: 'inventory', folders: allMigrations, env: process.env, args })
