import { isDeepStrictEqual } from 'node:util'
import {
  type CanaryRules,
  noCanary,
  type RolledBack,
  type SplitRule,
  type SplitService,
  splitServices,
  type WantedSplit,
} from '@flashsale/contracts/http/canary.ts'
import { WHY_CHARS_MAX } from '@flashsale/contracts/http/runtime-config.ts'
import { startJob } from '@flashsale/service-kit/job.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import type { ConfigBoard } from './config-board.ts'

const STORE_EVERY_MS = 1_000

type SplitChanges = Partial<Record<SplitService, WantedSplit | null>>
type Listener = (service: SplitService) => void
type Deps = {
  config: Pick<ConfigBoard, 'current' | 'version' | 'onChange' | 'known' | 'read' | 'change'>
  /** Who rolls back, in the history. */
  gateway: string
  log: Log
  everyMs?: number
}

/**
 * The canary's rules as a part of the configuration. What this gateway has rolled back is so here at
 * once, and everywhere as soon as inventory has it; a rule that an operator sets meanwhile is later.
 */
export function startConfigCanary({ config, gateway, log, everyMs = STORE_EVERY_MS }: Deps) {
  const listeners: Listener[] = []
  const unstored = new Map<SplitService, RolledBack>()
  const tell = (service: SplitService) => {
    for (const listener of listeners) listener(service)
  }
  const rule = (service: SplitService): SplitRule | null => {
    const stored = config.current().canary[service]
    if (!stored) return null
    const rolledBack = stored.rolledBack ?? unstored.get(service)
    return rolledBack ? { ...stored, rolledBack } : stored
  }
  const rules = (): CanaryRules => {
    const pairs = splitServices.map((service) => [service, rule(service)])
    return { ...noCanary, ...Object.fromEntries(pairs) }
  }
  const forget = config.onChange(({ canary: after }, { canary: before }) => {
    for (const service of splitServices) {
      if (isDeepStrictEqual(after[service], before[service])) continue
      unstored.delete(service)
      tell(service)
    }
  })
  const store = async (service: SplitService, rolledBack: RolledBack) => {
    const why = `rolled back: ${rolledBack.why}`.slice(0, WHY_CHARS_MAX)
    const change = { canary: { [service]: { rolledBack } } }
    const expectedVersion = config.version() // of the rule that was judged; else it is tried again
    const asked = { who: gateway, why, change, expectedVersion, dryRun: false }
    const { kind } = await config.change(asked)
    if (kind === 'invalid-request') log.error({ service }, 'a roll-back could not be stored')
  }
  const storeAll = async () => {
    for (const [service, rolledBack] of unstored) await store(service, rolledBack)
  }
  const job = startJob({ name: 'config-canary', everyMs, run: storeAll, log })

  return {
    rule,
    onChange: (listener: Listener) => void listeners.push(listener),
    known: config.known,
    async read() {
      await config.read() // else as they were
      return rules()
    },
    /** Undefined while they can't be stored: they are as they were, or will be seen to be changed. */
    async change(changes: SplitChanges, who: string) {
      const pairs = Object.entries(changes).map(([service, split]) => {
        return [service, split && { ...split, rolledBack: null }] // tried anew
      })
      const change = { canary: Object.fromEntries(pairs) }
      const { kind } = await config.change({
        who,
        why: 'the canary’s own call',
        change,
        dryRun: false,
      })
      return kind === 'changed' ? rules() : undefined
    },
    /** Here when it returns; stored as soon as inventory is there. */
    async rollBack(service: SplitService, rolledBack: RolledBack) {
      const judged = rule(service)
      if (!judged || judged.rolledBack) return
      unstored.set(service, rolledBack)
      tell(service)
      job.poke()
    },
    async stop() {
      forget()
      await job.stop()
    },
  }
}
