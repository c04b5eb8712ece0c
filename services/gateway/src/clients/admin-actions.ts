import {
  type ActionNote,
  type ActionQuery,
  AdminActionPage,
} from '@flashsale/contracts/http/admin-actions.ts'
import type { HttpClient } from '@flashsale/service-kit/http-client.ts'
import { ask, query, read, type Unreachable, unexpected, unreachable } from './peer.ts'

const PATH = '/internal/admin/actions'
const WRITE_TIMEOUT_MS = 1_000 // an emergency does not wait longer for its record
const LIST_TIMEOUT_MS = 5_000

type Listed = { kind: 'page'; page: AdminActionPage } | { kind: 'invalid-request' } | Unreachable

export type AdminActions = {
  /** True when it is on record. */
  write(note: ActionNote): Promise<boolean>
  list(wanted: Partial<ActionQuery>): Promise<Listed>
}

export function createAdminActions(http: HttpClient): AdminActions {
  return {
    async write(note) {
      const call = { method: 'POST', path: PATH, body: note, again: true } as const
      const answer = await ask(http, { ...call, timeoutMs: WRITE_TIMEOUT_MS })
      if (answer && answer.status !== 201) throw unexpected(answer)
      return answer !== undefined
    },

    async list(wanted) {
      const path = PATH + query(wanted)
      const answer = await ask(http, { method: 'GET', path, timeoutMs: LIST_TIMEOUT_MS })
      if (!answer) return unreachable
      if (answer.status === 400) return { kind: 'invalid-request' }
      if (answer.status !== 200) throw unexpected(answer)
      return { kind: 'page', page: read(AdminActionPage, answer) }
    },
  }
}
