import { locksMigrations } from '@flashsale/locks/migrations.ts'
import { messagingMigrations } from '@flashsale/messaging/migrations.ts'
import { timelineMigrations } from '@flashsale/service-kit/timeline.ts'

export const migrations = new URL('../../migrations/', import.meta.url)
/** What runs at a start, in this order. */
export const allMigrations = [timelineMigrations, messagingMigrations, locksMigrations, migrations]
