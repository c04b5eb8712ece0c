import {
  type CanaryRules,
  GATEWAY_CHARS_MAX,
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
import type { ConfigAnswer } from '../clients/runtime-config.ts'
import type { ConfigBoard } from './config-board.ts'

const TELL_AGAIN_EVERY_MS = 500

/** What the split of calls needs of wherever its rules are kept. */
export type CanaryRulesSource = {
  rule(service: SplitService): SplitRule | null
  /** Called with each service whose rule became another one. */
  onChange(listener: (service: SplitService) => void): void
  /** At this gateway at once, at the others as soon as they hear of it. */
  rollBack(service: SplitService, why: RolledBack): Promise<void>
}
/** A service that is null has no canary from now on. */
export type SplitChanges = Partial<Record<SplitService, WantedSplit | null>>
export type CanaryAnswer =
  | { kind: 'changed'; rules: CanaryRules }
  | Exclude<ConfigAnswer, { kind: 'changed' }>
/** The rules, a part of the runtime configuration. While nobody tells they stay as they were. */
export type CanaryBoard = CanaryRulesSource & {
  /** As Postgres has them now, or as they were when somebody last told. */
  read(): Promise<CanaryRules>
  change(changes: SplitChanges, who: string): Promise<CanaryAnswer>
  stop(): Promise<void>
}
type Left = { rule: SplitRule; why: RolledBack; isRefused?: true }
type Deps = { config: ConfigBoard; gateway: string; log: Log }

export function startCanaryBoard({ config, gateway, log }: Deps): CanaryBoard {
  const listeners: ((service: SplitService) => void)[] = []
  /** What this gateway has left, and has not yet seen in the configuration. */
  const left = new Map<SplitService, Left>()

  const kept = (service: SplitService) => config.current().canary[service] ?? null
  const rule = (service: SplitService): SplitRule | null => {
    const here = left.get(service)
    return here ? { ...here.rule, rolledBack: here.why } : kept(service)
  }
  const changed = (service: SplitService) => {
    for (const listener of listeners) listener(service)
  }
  config.onChange(({ canary }, before) => {
    for (const service of splitServices) {
      if (isSame(canary[service], before.canary[service])) continue
      left.delete(service) // another rule, or this one as rolled back
      changed(service)
    }
  })

  const run = () => tellLeft({ config, gateway, log }, left)
  const job = startJob({ name: 'canary-board', everyMs: TELL_AGAIN_EVERY_MS, run, log })

  const rulesNow = (): CanaryRules => ({
    ...noCanary,
    ...Object.fromEntries(splitServices.map((service) => [service, rule(service)])),
  })
  return {
    rule,
    onChange: (listener) => void listeners.push(listener),
    async rollBack(service, told) {
      const now = rule(service)
      if (!now || now.rolledBack) return
      const why = { ...told, gateway: told.gateway.slice(0, GATEWAY_CHARS_MAX) }
      left.set(service, { rule: now, why })
      changed(service)
      job.poke()
    },
    async read() {
      await config.read()
      return rulesNow()
    },
    async change(changes, who) {
      const canary = Object.fromEntries(
        Object.entries(changes).map(([service, wanted]) => [
          service,
          wanted && { ...wanted, rolledBack: null }, // all of it is set anew
        ]),
      )
      const named = Object.keys(changes).join(', ')
      const asked = { why: `the split of ${named}`, who, change: { canary }, dryRun: false }
      const answer = await config.change(asked)
      return answer.kind === 'changed' ? { kind: 'changed', rules: rulesNow() } : answer
    },
    stop: job.stop,
  }
}

/** Only of what was judged: an operator who sets it meanwhile is later than that. */
async function tellLeft({ config, gateway, log }: Deps, left: ReadonlyMap<SplitService, Left>) {
  for (const [service, here] of left) {
    if (here.isRefused) continue
    const answer = await config.change({
      why: `rolled back: ${here.why.why}`.slice(0, WHY_CHARS_MAX),
      who: gateway,
      change: { canary: { [service]: { rolledBack: here.why } } },
      expectedVersion: config.version(),
      dryRun: false,
    })
    if (answer.kind === 'config-changed') await config.read()
    else if (answer.kind === 'invalid-request') {
      here.isRefused = true // it would be again, twice a second
      log.error({ service, ...answer }, 'a rolled back canary is left by this gateway alone')
    }
  }
}

const isSame = (one: SplitRule | undefined, other: SplitRule | undefined) =>
  JSON.stringify(one) === JSON.stringify(other)
