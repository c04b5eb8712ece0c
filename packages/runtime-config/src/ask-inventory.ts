import type { HttpClient } from '@flashsale/service-kit/http-client.ts'

/** `same`: nothing is newer than what the caller knows. Undefined while nobody can tell. */
export type AskConfig = (known: {
  version: number
}) => Promise<'same' | { told: unknown } | undefined>

/** `fresh`: as it is in Postgres now, and not as that instance of inventory knew it a moment ago. */
export function askInventory(http: HttpClient, { fresh = false } = {}): AskConfig {
  const path = `/internal/config${fresh ? '?fresh=true' : ''}`
  return async ({ version }) => {
    const headers = { 'if-none-match': configTag(version) }
    const answer = await http.call({ method: 'GET', path, headers, retry: false })
    if (answer.kind !== 'answer') return undefined
    if (answer.status === 304) return 'same'
    return answer.status === 200 ? { told: answer.body } : undefined
  }
}

export const configTag = (version: number) => `"${version}"`
