import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendTogether } from '../src/http/send-together.ts'

test('what is answered in one turn is held back to its end, and leaves in order, each his own', async () => {
  const hook = sendTogether()
  const sent: unknown[] = []
  const answer = (payload: string) => {
    const done = (_error?: Error | null, said?: unknown) => void sent.push(said)
    hook.call({} as FastifyInstance, {} as FastifyRequest, {} as FastifyReply, payload, done)
  }
  for (const payload of ['a', 'b', 'c']) answer(payload)
  assert.deepEqual(sent, [])
  await turn()
  assert.deepEqual(sent, ['a', 'b', 'c'])
  answer('d') // the next turn has a burst of its own
  assert.equal(sent.length, 3)
  await turn()
  assert.deepEqual(sent, ['a', 'b', 'c', 'd'])
})
