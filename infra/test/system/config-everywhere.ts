import assert from 'node:assert/strict'
import { until } from '@flashsale/service-kit/wait.ts'
import { request } from '@flashsale/test-kit/http.ts'
import type { System } from '@flashsale/test-kit/system.ts'
import { metricOf } from './metric-of.ts'

const SERVICES = ['gateway', 'inventory', 'order', 'payment'] as const
const LOOK_EVERY_MS = 20
const WITHIN_MS = 10_000 // for a machine that does much else; what is promised, and told, is 2 s

type Change = Record<string, unknown>

/** What an operator does, through any gateway, and when each process has it. */
export function configOf(system: System) {
  const token = system.token('operator', 'admin')
  const instances = SERVICES.flatMap((name) => system.lists[name].map((url) => ({ name, url })))

  const change = async (change: Change): Promise<number> => {
    const body = { why: 'a test', change }
    const path = `${system.url}/v1/admin/config`
    const answer = await request(path, { method: 'PATCH', token, body })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    return answer.body.version
  }
  const has = async (url: string, version: number) => {
    const at = await metricOf(url, 'config_version').catch(() => undefined)
    return at === version
  }
  return {
    token,
    change,
    /** Of each instance: how long after the change was asked for it had it. */
    async changeEverywhere(wanted: Change, away: string[] = []) {
      const fromMs = performance.now()
      const version = await change(wanted)
      const there = instances.filter(({ url }) => !away.includes(url))
      const waiting = there.map(async ({ name, url }) => {
        const what = `${name} at ${url} to have version ${version}`
        const look = { timeoutMs: WITHIN_MS, everyMs: LOOK_EVERY_MS, what }
        await until(() => has(url, version), look)
        return { name, afterMs: Math.round(performance.now() - fromMs) }
      })
      return { version, took: await Promise.all(waiting) }
    },
  }
}
