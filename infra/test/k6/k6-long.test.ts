import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Result } from '../../src/k6/result.ts'
import { checkout } from '../checkout.ts'
import { temporaryFolder } from '../fake-part.ts'
import { dueTimes } from './stand-in/schedule.ts'
import { pathWithStandIn } from './stand-in-k6.ts'

test('a soak sells again what nobody paid for, a breakpoint ends where a threshold breaks: both exact', async (t) => {
  const { base, dev } = await checkout(t)
  const up = await dev(['up', '--wait'])
  assert.equal(up.code, 0, up.err)
  const folder = temporaryFolder(t)
  const tokens = join(folder, 'tokens')
  await dev(['token', '--count', '200', '--out', tokens])
  const admin = (await dev(['token', '--role', 'admin'])).out.trim()
  const known = { FLASHSALE_TOKENS_FILE: tokens, FLASHSALE_ADMIN_TOKEN: admin }
  const env = { ...known, PATH: pathWithStandIn(t) }

  const play = async (script: string, size: string[], more = {}): Promise<Result> => {
    const json = join(folder, `${script}.json`)
    const url = ['--url', `http://127.0.0.1:${base}`]
    const { code, out, err } = await dev(['k6', script, ...url, ...size, '--json', json], {
      ...env,
      ...more,
    })
    assert.ok(code === 0 || code === 99, `${script} ${code}: ${out}${err}`)
    const result: Result = JSON.parse(readFileSync(json, 'utf8'))
    assert.deepEqual(result.failures, [])
    assert.equal(result.settled.audit?.exact, true)
    const accepted = result.summary.answers.accepted ?? 0
    assert.deepEqual(result.settled.ends, { 'cancelled (unpaid)': accepted })
    return result
  }
  const [soak, breakpoint] = await Promise.all([
    play('soak', ['--peak', '4', '--seconds', '36', '--stock', '10']),
    play('breakpoint', ['--peak', '10', '--seconds', '12', '--stock', '40'], {
      STAND_IN_SLOWER_BY_MS: '100',
    }),
  ])
  assert.equal(soak.summary.attempts, 144)
  const { accepted = 0 } = soak.summary.answers
  assert.ok(accepted > 10, `${accepted} of 10 units were sold`) // how soon they come back is not judged here
  assert.ok(breakpoint.summary.attempts < 60, 'it went on to its end')
  assert.match(breakpoint.breaksAt ?? '', /^breaks at \d+ attempts a second: /) // by which rule is the machine's
})

test('a constant rate is even; a rising one has half as many, most of them late', () => {
  assert.deepEqual([...dueTimes({ rate: 2, duration: '2s' })], [0, 500, 1_000, 1_500])
  const stages = [
    { target: 4, duration: '2s' },
    { target: 4, duration: '1s' },
  ]
  const due = [...dueTimes({ startRate: 0, stages })].map(Math.round)
  assert.deepEqual(due, [0, 1_000, 1_414, 1_732, 2_000, 2_250, 2_500, 2_750])
})
