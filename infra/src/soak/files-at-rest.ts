import type { Sample } from './sampler.ts'

// Pools to Postgres and connections to Kafka open as they are needed, and stay.
const keptMax = 48
const lookEveryMs = 2_000
const giveUpAfterMs = 120_000

/** Open files of a process, sockets among them, when nobody buys: a leak of any of them stays. */
export type RestRow = {
  name: string
  before: number
  after: number
  bound: number
  verdict: 'given back' | 'kept' | 'shown'
}
type Figures = Sample['figures']

/** Postgres opens the files of tables as they are used and keeps them: that has a limit of its own. */
const isJudged = (name: string) => name.startsWith('fds ') && !name.startsWith('fds postgres')

export function restRows(before: Figures, after: Figures, judged: boolean): RestRow[] {
  const names = Object.keys(before).filter((name) => isJudged(name))
  return names.map((name) => {
    const [was, is] = [before[name] ?? Number.NaN, after[name] ?? Number.NaN]
    const verdict = !judged ? 'shown' : is <= was + keptMax ? 'given back' : 'kept'
    return { name, before: was, after: is, bound: was + keptMax, verdict }
  })
}

/** The first look at which all is given back, else the last one: idle connections close by and by. */
export async function lookAtRest(
  before: Figures,
  read: () => Promise<Sample>,
  pause: (ms: number) => Promise<void>,
): Promise<Figures> {
  const giveUpAt = performance.now() + giveUpAfterMs
  for (;;) {
    const { figures } = await read()
    const isBack = restRows(before, figures, true).every(({ verdict }) => verdict === 'given back')
    if (isBack || performance.now() > giveUpAt) return figures
    await pause(lookEveryMs)
  }
}
