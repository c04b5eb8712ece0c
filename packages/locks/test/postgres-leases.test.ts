import { conformance } from './conformance.ts'
import { postgresStore } from './test-store.ts'

conformance('Postgres', postgresStore)
