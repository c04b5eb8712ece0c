import {
  ConfigChanged,
  ConfigHistory,
  ConfigTold,
  type InternalConfigChange,
  type InternalConfigRollBack,
} from '@flashsale/contracts/http/runtime-config.ts'
import type { Answer, HttpClient } from '@flashsale/service-kit/http-client.ts'
import { z } from 'zod'
import { ask, codeOf, query, read, type Unreachable, unexpected, unreachable } from './peer.ts'

type Errors = { at: string; message: string }[]
export type ConfigAnswer =
  | { kind: 'changed'; changed: ConfigChanged }
  | { kind: 'invalid-request'; errors: Errors }
  | { kind: 'config-changed'; version: number }
  | { kind: 'not-found' }
  | Unreachable
const Refusal = z.object({
  errors: z.array(z.object({ at: z.string(), message: z.string() })).catch([]),
  version: z.int().catch(0),
})

/** What operators do with the configuration. Inventory keeps it, and is the judge of what is good. */
export function createConfigClient(http: HttpClient) {
  return {
    /** As it is in Postgres now. */
    async read() {
      const answer = await ask(http, { method: 'GET', path: '/internal/config?fresh=true' })
      if (!answer || isOlder(answer)) return unreachable
      if (answer.status !== 200) throw unexpected(answer)
      return { kind: 'told', told: read(ConfigTold, answer) } as const
    },

    async change(body: InternalConfigChange): Promise<ConfigAnswer> {
      const answer = await ask(http, { method: 'PATCH', path: '/internal/config', body })
      return answer && isOlder(answer) ? unreachable : changed(answer)
    },

    async rollBack(body: InternalConfigRollBack): Promise<ConfigAnswer> {
      return changed(await ask(http, { method: 'POST', path: '/internal/config/roll-back', body }))
    },

    async history(page: { cursor?: string | undefined; limit: number }) {
      const path = `/internal/config/history${query(page)}`
      const answer = await ask(http, { method: 'GET', path })
      if (!answer || isOlder(answer)) return unreachable
      if (answer.status !== 200) throw unexpected(answer)
      return { kind: 'page', page: read(ConfigHistory, answer) } as const
    },
  }
}
export type ConfigClient = ReturnType<typeof createConfigClient>

/** An inventory of a release that keeps no configuration: it will be replaced. */
const isOlder = ({ status }: Answer) => status === 404

function changed(answer: Answer | undefined): ConfigAnswer {
  if (!answer) return unreachable
  const code = codeOf(answer)
  const { errors, version } = Refusal.catch({ errors: [], version: 0 }).parse(answer.body)
  if (code === 'invalid-request') return { kind: code, errors }
  if (code === 'config-changed') return { kind: code, version }
  if (code === 'not-found') return { kind: code }
  if (answer.status !== 200) throw unexpected(answer)
  return { kind: 'changed', changed: read(ConfigChanged, answer) }
}
