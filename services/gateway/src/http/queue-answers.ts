import { type Answer, readyProblem } from '@flashsale/service-kit/problem.ts'

const JSON_TYPE = 'application/json; charset=utf-8'

/** Headers of a 202 that says when its order is worth asking for; made once for each number of seconds. */
export const acceptedHeaders = once((seconds) => ({
  'content-type': JSON_TYPE,
  'retry-after': String(seconds),
}))

/** The 503 that says when it is worth trying again. */
export const tryLater = once((seconds): Answer => {
  const { status, headers, body } = readyProblem('try-later')
  return { status, headers: { ...headers, 'retry-after': String(seconds) }, body }
})

function once<T>(make: (seconds: number) => T) {
  const made = new Map<number, T>() // of a minute's seconds
  return (seconds: number): T => {
    const known = made.get(seconds) ?? make(seconds)
    made.set(seconds, known)
    return known
  }
}
