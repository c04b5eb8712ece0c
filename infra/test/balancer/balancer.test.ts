import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Agent, request } from 'undici'
import { waitUntil } from '../../src/wait-until.ts'
import { startBalanced } from './balanced.ts'

const settleTimeoutMs = 20_000

/** One request on a connection of its own: the name of who answered, or why nobody did. */
async function ask(url: string): Promise<string> {
  const dispatcher = new Agent({ connections: 1, pipelining: 0 })
  try {
    const { body } = await request(`${url}/late`, { dispatcher })
    return await body.text()
  } catch (error) {
    return `${(error as NodeJS.ErrnoException).code}`
  } finally {
    await dispatcher.destroy()
  }
}

const askMany = (url: string, times: number) =>
  Promise.all(Array.from({ length: times }, () => ask(url)))

function counts(names: string[]): Record<string, number> {
  const groups = Map.groupBy(names, (name) => name)
  return Object.fromEntries([...groups].map(([name, { length }]) => [name, length]))
}

test('new connections go to each in turn', async (t) => {
  const { url } = await startBalanced(t)
  const { one = 0, two = 0, ...others } = counts(await askMany(url, 40))
  assert.deepEqual(others, {})
  assert.ok(one >= 15 && two >= 15, `${one} and ${two}`)
})

test('a server that is killed costs only the connections it held', async (t) => {
  const { url, kill, startServer } = await startBalanced(t)
  const kept = new Agent({ connections: 16 })
  t.after(() => kept.destroy())
  let [answers, lost, isOver] = [0, 0, false]
  const client = async () => {
    while (!isOver) {
      try {
        const { body } = await request(`${url}/late`, { dispatcher: kept })
        await body.text()
        answers++
      } catch {
        lost++
      }
    }
  }
  const clients = Array.from({ length: 16 }, client)
  await waitUntil('a busy line', () => answers > 200, settleTimeoutMs)
  await kill('one')
  const before = answers
  assert.deepEqual(Object.keys(counts(await askMany(url, 30))), ['two']) // refused by one: tried at two
  await waitUntil('as many answers again', () => answers > before + 200, settleTimeoutMs)
  assert.ok(lost <= 16, `${lost} requests lost on 16 connections`)
  assert.ok(lost >= 1, 'nothing was under way at the kill')

  await startServer('one')
  const isBack = async () => 'one' in counts(await askMany(url, 4))
  await waitUntil('a turn for who is back', isBack, settleTimeoutMs)
  isOver = true
  await Promise.all(clients)
})

test('who is not ready gets no new connection, unless nobody is', async (t) => {
  const { url, urls } = await startBalanced(t)
  await request(`${urls.one}/unready`, { method: 'POST' })
  const isLeftOut = async () => !('one' in counts(await askMany(url, 6)))
  await waitUntil('the unready one to be left out', isLeftOut, settleTimeoutMs)
  assert.deepEqual(counts(await askMany(url, 20)), { two: 20 })

  await request(`${urls.two}/unready`, { method: 'POST' })
  const bothAsked = async () => Object.keys(counts(await askMany(url, 6))).length === 2
  await waitUntil('the unready ones to answer for themselves', bothAsked, settleTimeoutMs)
  const { statusCode, body } = await request(`${url}/readyz`)
  await body.dump()
  assert.equal(statusCode, 503)
})

test('with nobody there a connection is reset, not left hanging', async (t) => {
  const { url, kill } = await startBalanced(t)
  await kill('one')
  await kill('two')
  const [answer] = await askMany(url, 1)
  assert.match(answer ?? '', /ECONNRESET|UND_ERR_SOCKET/)
})
