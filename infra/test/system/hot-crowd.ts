import { codeOf, request } from '@flashsale/test-kit/http.ts'

// A crowd in a process of its own, so that whoever measures beside it does not wait for it.
export type Crowd = { buyUrl: string; tokens: string[]; lanes: number }
/** How often each answer was given, in words. */
export type Answers = Record<string, number>

process.once('message', async ({ buyUrl, tokens, lanes }: Crowd) => {
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
  await Promise.all(Array.from({ length: lanes }, lane))
  process.send?.(answers, () => process.exit(0))
})
