import { STATUS_CODES } from 'node:http'
import { Problem } from '@flashsale/service-kit/problem.ts'

const problemResponse = (status: number) => ({
  description: STATUS_CODES[status] ?? '',
  content: { 'application/problem+json': { schema: Problem } },
})
type ProblemResponse = ReturnType<typeof problemResponse>

/** The statuses of a route that are answered with a problem document; 500 is among any route's. */
export function problems<Status extends number>(...statuses: Status[]) {
  const pairs = [...statuses, 500].map((status) => [status, problemResponse(status)])
  return Object.fromEntries(pairs) as Record<Status | 500, ProblemResponse>
}
