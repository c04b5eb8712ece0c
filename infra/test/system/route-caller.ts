import assert from 'node:assert/strict'
import { codeOf, request, type TestRequest } from '@flashsale/test-kit/http.ts'
import type { System } from '@flashsale/test-kit/system.ts'

type Wanted = TestRequest & { params?: Record<string, string>; query?: string }
export type Caller = ReturnType<typeof routeCaller>

/** Calls routes by their name in the OpenAPI document, and notes which statuses each has given. */
export function routeCaller({ url }: System) {
  const seen = new Set<string>()

  return {
    seen,
    /** `expected`: the status, and behind it the problem's code where there is one. */
    async expect(route: string, { params = {}, query = '', ...wanted }: Wanted, expected: string) {
      const [method = '', template = ''] = route.split(' ')
      const path = template.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '')
      const call = { ...wanted, method: method as 'GET' | 'POST' }
      const answer = await request(url + path + query, call)
      const { status } = answer
      seen.add(`${route} ${status}`)
      const given = [status, codeOf(answer)].filter(Boolean).join(' ')
      assert.equal(given, expected, `${route}: ${JSON.stringify(answer.body)}`)
      if (status === 429 || status === 503) assert.ok(Number(answer.headers['retry-after']) >= 1)
      return answer
    },
    /** All that the gateway says that its calls can answer, but that something broke. */
    async declared(): Promise<string[]> {
      const { body } = await request(`${url}/openapi.json`)
      const operations = Object.entries<Record<string, { responses: object }>>(body.paths)
      return operations.flatMap(([path, methods]) =>
        Object.entries(methods).flatMap(([method, { responses }]) =>
          Object.keys(responses)
            .filter((status) => status !== '500')
            .map((status) => `${method.toUpperCase()} ${path} ${status}`),
        ),
      )
    },
  }
}
