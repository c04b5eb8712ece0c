import { type TestContext, test } from 'node:test'
import { holding } from './claims-of-holding.ts'
import { trouble } from './claims-of-trouble.ts'
import type { TestStore } from './test-store.ts'

const timeout = 60_000

/** The suite that every store of leases has to pass, on the real one. */
export function conformance(name: string, store: (t: TestContext) => Promise<TestStore>) {
  for (const [claim, holds] of Object.entries({ ...holding, ...trouble })) {
    test(`${name}: ${claim}`, { timeout }, async (t) => holds(await store(t), t))
  }
}
