import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Result } from '../../src/k6/result.ts'
import { checkout } from '../checkout.ts'
import { temporaryFolder } from '../fake-part.ts'
import { pathWithStandIn, playByHand } from './stand-in-k6.ts'

test('smoke, played one buyer after the other: units sell out once, each 202 ends, the books are exact, the page tells it', async (t) => {
  const { dev } = await checkout(t)
  const folder = temporaryFolder(t)
  const [json, html] = [join(folder, 'k6.json'), join(folder, 'k6.html')]
  const size = ['--peak', '40', '--seconds', '2', '--stock', '30']
  const args = ['k6', 'smoke', ...size, '--json', json, '--html', html]
  const { code, out, err } = await dev(args, { PATH: pathWithStandIn(t) })
  const result: Result = JSON.parse(readFileSync(json, 'utf8'))
  assert.ok(code === 0 || code === 99, `${code}: ${out}${err}`) // how fast it was is not judged here
  const { answers, attempts, checks, accepted, soldOut } = result.summary
  assert.deepEqual(answers, { accepted: 30, 'sold-out': 50 })
  assert.equal(attempts, 80)
  assert.equal(checks.failed, 0, err)
  assert.equal((accepted?.count ?? 0) + (soldOut?.count ?? 0), 80)
  assert.deepEqual(result.settled.ends, { 'cancelled (unpaid)': 30 })
  assert.equal(result.settled.audit?.exact, true)
  assert.deepEqual(result.failures, [])
  assert.match(out, /the books of \S+ are exact: stock 30 = sold 0 \+ withdrawn 30/)
  const page = readFileSync(html, 'utf8')
  assert.match(page, /books exact/)
  assert.ok(page.includes('one buyer after the other'))
})

test('payments: each buyer has paid at the bank; late answers are exit 99 with exact books', async (t) => {
  const { dev } = await checkout(t)
  const json = join(temporaryFolder(t), 'k6.json')
  const size = ['--peak', '3', '--seconds', '2', '--stock', '6']
  const env = { PATH: pathWithStandIn(t), STAND_IN_SLOWER_BY_MS: '150' }
  const { code, out, err } = await dev(['k6', 'payments', ...size, '--json', json], env)
  assert.equal(code, 99, `${out}${err}`)
  const { settled, summary }: Result = JSON.parse(readFileSync(json, 'utf8'))
  assert.deepEqual(settled.ends, { paid: 6 })
  assert.equal(settled.audit?.money.paidMinor, 600)
  assert.equal(summary.untilPaid?.count, 6)
  const missed = summary.rules
    .filter(({ isMet }) => !isMet)
    .map((rule) => `${rule.metric} ${rule.rule}`)
  assert.ok(
    missed.includes('accepted avg<50') && missed.includes('accepted p(95)<100'),
    `${missed}`,
  )
  assert.match(out, /thresholds MISSED \(exit 99\)/)
})

test('a script run by hand on a system that is up is judged later, by what it told', async (t) => {
  const { base, dev } = await checkout(t)
  const up = await dev(['up', '--wait'])
  assert.equal(up.code, 0, up.err)
  const folder = temporaryFolder(t)
  const [tokens, told] = [join(folder, 'tokens'), join(folder, 'told.log')]
  await dev(['token', '--count', '40', '--out', tokens])
  const admin = (await dev(['token', '--role', 'admin'])).out.trim()
  const url = `http://127.0.0.1:${base}`
  const env = {
    FLASHSALE_URL: url,
    FLASHSALE_TOKENS_FILE: tokens,
    FLASHSALE_ADMIN_TOKEN: admin,
    FLASHSALE_PEAK: '20',
    FLASHSALE_SECONDS: '2',
    FLASHSALE_STOCK: '10',
    FLASHSALE_PAGE_FILE: join(folder, 'run.html'),
  }
  const { status } = playByHand('spike', told, env)
  assert.ok(status === 0 || status === 99)
  assert.ok(readFileSync(env.FLASHSALE_PAGE_FILE, 'utf8').includes('of 10 units'))

  const size = ['--seconds', '2', '--stock', '10']
  const { code, out, err } = await dev(['k6', 'spike', '--url', url, '--told', told, ...size], env)
  assert.ok(code === 0 || code === 99, `${code}: ${out}${err}`)
  assert.match(out, /10 times 202, each asked for: 10 cancelled \(unpaid\); without an end 0/)
  assert.match(out, /are exact: stock 10 = sold 0 \+ withdrawn 10/)
})
