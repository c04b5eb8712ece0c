import { Problem } from '@flashsale/service-kit/problem.ts'

const problemResponse = { content: { 'application/problem+json': { schema: Problem } } }
type ProblemResponses<Status extends number> = Record<Status, typeof problemResponse>

/** The statuses of a route that are answered with a problem document; 500 is among any route's. */
export function problems<Status extends number>(...statuses: Status[]) {
  const pairs = [...statuses, 500].map((status) => [status, problemResponse])
  return Object.fromEntries(pairs) as ProblemResponses<Status | 500>
}
