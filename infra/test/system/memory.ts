import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import type { ProcessName, System } from '@flashsale/test-kit/system.ts'

const GROWTH_MB_MAX = 150
const NAMES: ProcessName[] = ['gateway', 'inventory', 'order', 'payment']

/** What each service has in memory from now on, against what it had at this moment. */
export function watchMemory(t: TestContext, system: System) {
  const read = () => new Map(NAMES.map((name) => [name, residentMb(system.pid(name))]))
  const before = read()
  return {
    assertBounded() {
      const grown = [...read()].map(([name, mb]) => [name, mb - (before.get(name) ?? 0)] as const)
      t.diagnostic(
        `grown by ${grown.map(([name, mb]) => `${name} ${mb.toFixed(0)} MB`).join(', ')}`,
      )
      for (const [name, mb] of grown) assert.ok(mb < GROWTH_MB_MAX, `${name} grew by ${mb} MB`)
    },
  }
}

function residentMb(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024
}
