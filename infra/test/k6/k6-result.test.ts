import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Outcome } from '../../../load-tests/k6/outcome.ts'
import type { Rule } from '../../../load-tests/k6/summary.ts'
import { writeAnswerLine, writeSaleLine } from '../../../load-tests/k6/told-lines.ts'
import { createTime } from '../../src/demo/time.ts'
import { askEnds } from '../../src/k6/ask-ends.ts'
import { breakingPoint } from '../../src/k6/breaking-point.ts'
import { readK6Options } from '../../src/k6/options.ts'
import { judge, type Result } from '../../src/k6/result.ts'
import { summaryOf } from '../../src/k6/summary-of-tale.ts'
import { givenSystem } from '../../src/k6/target.ts'
import { createTale } from '../../src/k6/told.ts'
import { UsageError } from '../../src/plain-error.ts'
import { temporaryFolder } from '../fake-part.ts'

test('options: sizes of the script unless said, and nothing that is not there', () => {
  const { script, sizes, build } = readK6Options(['spike', '--peak', '200', '--stock', '9'])
  assert.equal(script, 'spike')
  assert.deepEqual([sizes.peakPerSecond, sizes.stock, sizes.seconds, build], [200, 9, 20, false])
  assert.equal(readK6Options(['soak', '--url', 'http://shop.test/']).url, 'http://shop.test')
  const wrong = [
    [],
    ['spikes'],
    ['spike', 'soak'],
    ['spike', '--peak', '0'],
    ['spike', '--url', 'x'],
  ]
  for (const args of [...wrong, ['spike', '--html', '/nowhere/at/all.html']]) {
    assert.throws(() => readK6Options(args), UsageError, args.join(' '))
  }
})

test("another's system takes its secret, or tokens; tokens that are given go first", (t) => {
  const url = 'http://shop.test'
  assert.throws(() => givenSystem(url, {}), UsageError)
  assert.throws(() => givenSystem(url, { FLASHSALE_ADMIN_TOKEN: 'a' }), UsageError)
  const file = join(temporaryFolder(t), 'tokens')
  writeFileSync(file, 'one\ntwo\n\nthree\n')
  const env = { FLASHSALE_TOKENS_FILE: file, FLASHSALE_JWT_SECRET: 'x'.repeat(32) }
  assert.deepEqual(givenSystem(url, env).buyers(2), ['one', 'two'])
  assert.deepEqual(givenSystem(url, env).buyers(Number.POSITIVE_INFINITY), ['one', 'two', 'three'])
  const { buyers, adminToken } = givenSystem(url, { FLASHSALE_JWT_SECRET: 'x'.repeat(32) })
  assert.equal(new Set(buyers(3)).size, 3)
  assert.equal(adminToken.split('.').length, 3)
})

const told = (outcome: Outcome, atMs: number, iteration: number, orderId?: string) =>
  writeAnswerLine({
    outcome,
    atMs,
    tookMs: 10,
    iteration,
    ...(orderId !== undefined && { orderId }),
  })

test('of what was told: the sale, each 202 with and without an id, and every second', () => {
  const tale = createTale()
  tale.hear('starting')
  tale.hear(writeSaleLine({ id: 'a-sale', opensAtMs: 5 }))
  tale.hear(told('accepted', 1_900, 2, 'b'))
  tale.hear(told('accepted', 20, 0, 'a'))
  tale.hear(told('unconfirmed', 1_000, 1))
  tale.hear(told('sold-out', 1_200, 3))
  tale.hear(told('sold-out', 3_200, 4))
  const { sale, receipts, seconds, acceptedAtMs } = tale.end()
  assert.deepEqual(sale, { id: 'a-sale', opensAtMs: 5 })
  assert.deepEqual(receipts.map(({ orderId }) => orderId).sort(), ['a', 'b', undefined])
  assert.deepEqual(acceptedAtMs, [30, 1_910])
  assert.deepEqual(
    seconds.map(({ second }) => second),
    [0, 1, 2, 3],
  )
  assert.deepEqual(seconds[1]?.answers, { accepted: 1, unconfirmed: 1, 'sold-out': 1 })
  assert.equal(seconds[0]?.soldOutP99Ms, undefined)
})

test('without a summary, or with one of each runner, all is counted from what was told', () => {
  const tale = createTale()
  for (let at = 1; at <= 100; at++) {
    const line = { atMs: at * 30, tookMs: at, iteration: at }
    tale.hear(writeAnswerLine({ outcome: 'accepted', ...line, orderId: `a${at}` }))
  }
  tale.hear(told('no-answer', 10, 101))
  const { attempts, answers, accepted, soldOut, checks, rules, dropped } = summaryOf(tale.end())
  assert.deepEqual([attempts, checks], [101, { passed: 100, failed: 1 }])
  assert.deepEqual(answers, { 'no-answer': 1, accepted: 100 })
  assert.deepEqual([accepted?.count, accepted?.avgMs, accepted?.p95Ms], [100, 50.5, 96])
  assert.equal(soldOut, undefined)
  const missed = rules.filter(({ isMet }) => !isMet).map(({ metric, rule }) => `${metric} ${rule}`)
  assert.deepEqual(missed, ['accepted avg<50', 'checks rate>0.999']) // 100 of 101
  assert.equal(rules.length, 9)
  assert.equal(dropped, undefined)
})

test('a system breaks where it stays too slow, not where it was slow once', () => {
  const second = (at: number, acceptedP99Ms: number) => {
    return { second: at, answers: { accepted: 100 * at }, acceptedP99Ms, soldOutP99Ms: undefined }
  }
  const slow = (...at: number[]) =>
    Array.from({ length: 9 }, (_, index) => second(index, at.includes(index) ? 201 : 20))
  assert.match(
    breakingPoint(slow(0, 3, 5, 6, 7), []),
    /^breaks at 500 attempts a second: from second 5/,
  )
  assert.match(breakingPoint(slow(0, 1, 3, 4, 6), []), /^did not break: 800 attempts/)
  assert.match(breakingPoint([], []), /^did not break/)
  const missed = { metric: 'sold_out', rule: 'avg<50', value: 60, isMet: false }
  assert.match(
    breakingPoint(slow(7, 8), [missed, { ...missed, rule: 'p(99)<200', isMet: true }]),
    /^breaks at 800 attempts a second: in second 8 the run missed sold out avg<50$/,
  )
})

test('each 202 is asked for until it ends: by its id, else by its key; one that never ends is named', async () => {
  const time = createTime()
  const asked: string[] = []
  const looks = new Map<string, number>()
  const shop = {
    order: async (id: string, token: string) => {
      asked.push(`${id} ${token}`)
      const times = (looks.get(id) ?? 0) + 1
      looks.set(id, times)
      if (id === 'late') return { status: times < 3 ? 'pending-payment' : 'paid' } as const
      if (id === 'never') return void time.end()
      return { status: 'cancelled', reason: 'unpaid' } as const
    },
    buy: async (_: string, { key }: { key?: string | undefined }) => {
      const body = { orderId: 'by-key' }
      const rest = { body, code: '', replayed: true, retryAfterMs: 0 }
      return { status: key === 'k6-4' ? 202 : 409, ...rest }
    },
  }
  const receipts = [
    { iteration: 0, orderId: 'late' },
    { iteration: 4, orderId: undefined },
    { iteration: 5, orderId: undefined },
  ]
  const desk = { shop, saleId: 's', tokens: ['t0', 't1'], time }
  const { ends, withoutEnd } = await askEnds(desk, receipts)
  assert.deepEqual(ends, { paid: 1, 'cancelled (unpaid)': 1, refused: 1 })
  assert.equal(withoutEnd, 0)
  assert.ok(asked.includes('by-key t0'))
  const last = await askEnds(desk, [{ iteration: 1, orderId: 'never' }])
  assert.equal(asked.at(-1), 'never t1')
  assert.deepEqual(last, { ends: {}, withoutEnd: 1, examples: ['never'] })
})

test('exit 1 for books and 202s that do not hold, 99 for thresholds alone, and a breakpoint may miss them', () => {
  const tale = createTale()
  tale.hear(told('accepted', 5, 0, 'a'))
  const audit = { exact: true, stock: 1 }
  const settled = {
    ends: {},
    withoutEnd: 0,
    examples: [],
    receipts: 1,
    audit,
    isAtRest: true,
    faults: [],
  }
  const rules: Rule[] = []
  const summary = { answers: { accepted: 1 }, rules }
  const facts = { script: 'spike', sizes: { stock: 1 }, k6ExitCode: 0, settled, summary }
  const exit = (more: object, died: string[] = []) =>
    judge({ ...facts, ...more } as unknown as Result, tale.end(), died).exitCode
  assert.equal(exit({}), 0)
  assert.equal(exit({ k6ExitCode: 99 }), 99)
  assert.equal(exit({ k6ExitCode: 99, script: 'breakpoint' }), 0)
  assert.equal(exit({ k6ExitCode: 107 }), 1)
  assert.equal(exit({ settled: { ...settled, withoutEnd: 1 } }), 1)
  assert.equal(exit({ settled: { ...settled, audit: { ...audit, exact: false } } }), 1)
  assert.equal(exit({ settled: { ...settled, audit: undefined } }), 1)
  assert.equal(exit({ settled: { ...settled, isAtRest: false } }), 1)
  assert.equal(exit({ settled: { ...settled, faults: ['404'] }, k6ExitCode: 99 }), 1)
  assert.equal(exit({ summary: { answers: { accepted: 2 }, rules } }), 1)
  assert.equal(exit({}, ['order']), 1)
  const nobody = judge(
    { ...facts, summary: { answers: {}, rules } } as unknown as Result,
    createTale().end(),
    [],
  )
  assert.deepEqual(nobody.failures, ['nobody got a 202'])
  assert.equal(judge(facts as unknown as Result, tale.end(), []).soldOutAfterMs, 15)
})
