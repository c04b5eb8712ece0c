import { channels } from '@flashsale/contracts/channels.ts'
import {
  type CanaryRules,
  noCanary,
  type RolledBack,
  type SplitRule,
  type SplitService,
  splitServices,
} from '@flashsale/contracts/http/canary.ts'
import { startJob } from '@flashsale/service-kit/job.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import type { Broadcast } from '../clients/broadcast.ts'
import type { CanaryStore, SplitChanges, StoredSplits } from '../redis/canary-store.ts'

const LOOK_EVERY_MS = 500

/** What the split of calls needs of wherever its rules are kept. */
export type CanaryRulesSource = {
  rule(service: SplitService): SplitRule | null
  /** Called with each service whose rule became another one. */
  onChange(listener: (service: SplitService) => void): void
  /** At this gateway at once, at the others as soon as they hear of it, Redis there or not. */
  rollBack(service: SplitService, why: RolledBack): Promise<void>
}
/** The rules as this gateway knows them. While Redis is away they stay as they were. */
export type CanaryBoard = CanaryRulesSource & {
  /** Resolves when they were read once. */
  known: Promise<void>
  /** As they are stored now, or were when Redis was last there. */
  read(): Promise<CanaryRules>
  /** Undefined while Redis is away: they are as they were, or will be seen to be changed. */
  change(changes: SplitChanges): Promise<CanaryRules | undefined>
  stop(): Promise<void>
}
type Deps = { store: CanaryStore; broadcast: Pick<Broadcast, 'on'>; log: Log }

export function startCanaryBoard({ store, broadcast, log }: Deps): CanaryBoard {
  const memory = createMemory()
  const known = Promise.withResolvers<void>()
  let isAway = false

  const tellOnce = (error?: unknown) => {
    const wasAway = isAway
    isAway = error !== undefined
    if (isAway && !wasAway) log.warn({ err: error }, 'the canary rules stay as they were: no Redis')
    if (!isAway && wasAway) log.info({}, 'the canary rules are read again')
  }
  /** False while Redis is away. */
  const share = async (): Promise<boolean> => {
    try {
      memory.learn(await store.share(memory.stored()))
      known.resolve()
      tellOnce()
      return true
    } catch (error) {
      tellOnce(error)
      return false
    }
  }
  const run = async () => void (await share())
  const job = startJob({ name: 'canary-board', everyMs: LOOK_EVERY_MS, run, log })
  broadcast.on(channels.canary, job.poke)

  return {
    rule: (service) => memory.stored()[service].rule,
    onChange: memory.onChange,
    known: known.promise,
    async read() {
      if (store.answers()) await share()
      return memory.rules()
    },
    async change(changes) {
      // A Redis that forgot has the others again before.
      if (!store.answers() || !(await share())) return undefined
      const stored = await store.set(changes).catch((error) => {
        log.warn({ err: error }, 'the canary rules may not have been changed')
      })
      if (!stored) return undefined
      memory.learn(stored)
      log.info({ canary: changes }, 'the canary rules were changed')
      return memory.rules()
    },
    async rollBack(service, rolledBack) {
      const { version, rule } = memory.stored()[service]
      if (!rule || rule.rolledBack) return
      // One more than what was judged: an operator who sets it meanwhile is later than that.
      memory.learn({ [service]: { version: version + 1, rule: { ...rule, rolledBack } } })
      if (store.answers() && (await share())) await store.tell()
    },
    stop: job.stop,
  }
}

function createMemory() {
  const listeners: ((service: SplitService) => void)[] = []
  const nothing = { version: 0, rule: null }
  const stored: StoredSplits = { inventory: nothing, order: nothing, payment: nothing }

  return {
    stored: () => stored,
    rules: (): CanaryRules => {
      const pairs = splitServices.map((service) => [service, stored[service].rule])
      return { ...noCanary, ...Object.fromEntries(pairs) }
    },
    onChange: (listener: (service: SplitService) => void) => void listeners.push(listener),
    /** Answers may overtake each other: an older version is no news. */
    learn(told: Partial<StoredSplits>) {
      for (const service of splitServices) {
        const news = told[service]
        if (!news || news.version <= stored[service].version) continue
        stored[service] = news
        for (const listener of listeners) listener(service)
      }
    },
  }
}
