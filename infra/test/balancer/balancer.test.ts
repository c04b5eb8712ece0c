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

test('a connection to one that is not ready goes on at another, and is not seen to close', async (t) => {
  const { url, urls } = await startBalanced(t)
  const kept = new Agent({ connections: 1 })
  t.after(() => kept.destroy())
  let connections = 0
  kept.on('connect', () => void connections++)
  const name = async (path: string) => (await request(url + path, { dispatcher: kept })).body.text()

  const [first, other] = (await name('/late')) === 'one' ? ['one', 'two'] : ['two', 'one']
  const firstUrl = urls[first as keyof typeof urls]
  const underWay = name('/late')
  await (await request(`${firstUrl}/unready`, { method: 'POST' })).body.dump()
  assert.equal(await underWay, first) // it answers what it was asked
  const isLeftOut = async () => !(first in counts(await askMany(url, 6)))
  await waitUntil('the unready one to be left out', isLeftOut, settleTimeoutMs)
  assert.equal(await name('/late'), other)

  const both = { unready: urls[other as keyof typeof urls], ready: firstUrl }
  await (await request(`${both.ready}/ready`, { method: 'POST' })).body.dump()
  await (await request(`${both.unready}/unready`, { method: 'POST' })).body.dump()
  const isTurned = async () => !(other in counts(await askMany(url, 6)))
  await waitUntil('the other one to be left out', isTurned, settleTimeoutMs)
  await (await request(`${both.unready}/close-idle`, { method: 'POST' })).body.dump()
  assert.equal(await name('/late'), first)
  assert.equal(connections, 1)
})

test('with nobody there a connection is reset, not left hanging', async (t) => {
  const { url, kill } = await startBalanced(t)
  await kill('one')
  await kill('two')
  const [answer] = await askMany(url, 1)
  assert.match(answer ?? '', /ECONNRESET|UND_ERR_SOCKET/)
})
