import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf, request } from '@flashsale/test-kit/http.ts'

// Crowds in a process of their own, so that whoever measures beside them does not wait for them. One
// process for all: a new one would take from the machine what Node needs to start.
export type Crowd = { buyUrl: string; tokens: string[]; pace: Pace }
/** Buyers who come at a rate, whatever the answers; or each as soon as another has his answer. */
export type Pace = { perSecond: number } | { atOnce: number }
/** How often each answer was given, in words. */
export type Answers = Record<string, number>

process.on('message', async ({ buyUrl, tokens, pace }: Crowd) => {
  const answers: Answers = {}
  const queue = tokens.values()
  const buy = async (token: string) => {
    const wanted = { method: 'POST', token, body: { quantity: 1 }, timeoutMs: 60_000 } as const
    const said = await request(buyUrl, wanted).then(
      (answer) => codeOf(answer) ?? String(answer.body.status),
      () => 'lost',
    )
    answers[said] = (answers[said] ?? 0) + 1
  }
  const lane = async () => {
    for (const token of queue) await buy(token)
  }
  const lanes = (length: number) => Array.from({ length }, lane)
  const atRate = (perSecond: number) =>
    tokens.map(async (token, i) => {
      await sleep((i * 1_000) / perSecond)
      await buy(token)
    })
  await Promise.all('atOnce' in pace ? lanes(pace.atOnce) : atRate(pace.perSecond))
  process.send?.(answers)
})
