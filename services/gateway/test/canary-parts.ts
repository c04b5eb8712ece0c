import type { TestContext } from 'node:test'
import { type RolledBack, SplitRule, type SplitService } from '@flashsale/contracts/http/canary.ts'
import { type CanaryRulesSource, startCanaryBoard } from '../src/jobs/canary-board.ts'
import { startConfig } from './config-parts.ts'
import { gatewayRedis } from './gateway-redis.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

export const aRule = (more: Partial<SplitRule> = {}): SplitRule =>
  SplitRule.parse({ release: '0.2.0', ...more })

/** Rules that the test sets, of one gateway alone; every roll-back is kept. */
export function heldRules(rules: Partial<Record<SplitService, SplitRule>>) {
  const now = new Map(Object.entries(rules) as [SplitService, SplitRule][])
  const listeners: ((service: SplitService) => void)[] = []
  const rolledBack: (RolledBack & { service: SplitService })[] = []
  const set = (service: SplitService, rule: SplitRule) => {
    now.set(service, rule)
    for (const listener of listeners) listener(service)
  }
  const source: CanaryRulesSource = {
    rule: (service) => now.get(service) ?? null,
    onChange: (listener) => void listeners.push(listener),
    async rollBack(service, why) {
      const rule = now.get(service)
      if (!rule) return
      rolledBack.push({ service, ...why })
      set(service, { ...rule, rolledBack: why })
    },
  }
  return { source, set, rolledBack }
}

/** The board of one gateway; who keeps the configuration is played, and polled without a push. */
export async function startBoard(t: TestContext, url: string, gateway = 'one') {
  const { broadcast } = await gatewayRedis(t)
  const config = startConfig(t, url, broadcast)
  await config.known
  const board = startCanaryBoard({ config, gateway, log: quiet })
  t.after(board.stop)
  return board
}
