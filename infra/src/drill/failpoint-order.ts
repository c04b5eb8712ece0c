import { type Failpoint, failpoints } from '@flashsale/service-kit/failpoint.ts'

/** What a process shall do at a failpoint, the n-th time it passes. */
export type FailpointOrder = { failpoint: Failpoint; act: 'kill' | 'stop'; after: number }

const form = /^(\S+) (kill|stop)(?: after (\d+))?$/

export function writeOrder({ failpoint, act, after }: FailpointOrder): string {
  return `${failpoint} ${act} after ${after}`
}

/** Undefined for a file that is not (yet) whole. */
export function parseOrder(text: string): FailpointOrder | undefined {
  const [, name, act, after = '1'] = form.exec(text.trim()) ?? []
  const failpoint = failpoints.find((known) => known === name)
  if (!failpoint || (act !== 'kill' && act !== 'stop')) return undefined
  return { failpoint, act, after: Number(after) }
}

export const struckFile = (file: string) => `${file}.struck`
