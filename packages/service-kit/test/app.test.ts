import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { z } from 'zod'
import { createApp } from '../src/app.ts'
import { Fault } from '../src/fault.ts'
import type { Ready } from '../src/probes.ts'
import { Problem, problem, sendProblem } from '../src/problem.ts'

function testApp(t: TestContext, ready: Ready = () => true) {
  const app = createApp({ name: 'test', logLevel: 'silent', ready, bodyLimitBytes: 1024 })
  t.after(() => app.close())
  const body = z.strictObject({ quantity: z.int().min(1) })
  const response = { 200: z.object({ quantity: z.int() }), 409: Problem, 503: Problem }
  app.post('/things', { schema: { body, response } }, async (request, reply) => {
    const { quantity } = request.body
    if (quantity === 7) return reply.code(409).send(problem('sold-out', { orderIds: ['1'] }))
    if (quantity === 8) return sendProblem(reply, 'try-later')
    return { quantity, secret: 'is not in the schema' }
  })
  const params = z.object({ id: z.uuid() })
  const config = { notFound: 'order-not-found' } as const
  app.get('/orders/:id', { config, schema: { params } }, async () => 'found')
  app.get('/fault', async () => {
    throw new Fault('test.broken', 'something broke', { orderId: '1' })
  })
  app.get('/liar', { schema: { response } }, async () => ({ quantity: 1.5 }))
  app.get('/away', async () => {
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  })
  app.get('/imposter', async () => {
    throw Object.assign(new Error('from some library'), { statusCode: 418 })
  })
  return app
}
const json = { 'content-type': 'application/json' }
const post = (payload: string, headers: Record<string, string> = json) =>
  ({ method: 'POST', url: '/things', payload, headers }) as const

const errors = [
  ['a body that is not JSON', post('{'), 400, 'invalid-request'],
  ['an empty body', post(''), 400, 'invalid-request'],
  ['a body of the wrong shape', post('{"quantity":0}'), 400, 'invalid-request'],
  ['an unknown field', post('{"quantity":1,"more":2}'), 400, 'invalid-request'],
  ['a body that is too large', post(`"${'x'.repeat(2000)}"`), 413, 'payload-too-large'],
  ['another media type', post('a=1', { 'content-type': 'text/x' }), 415, 'unsupported-media-type'],
  ['an unknown route', { url: '/nothing' }, 404, 'not-found'],
  ['an unsupported method', { method: 'DELETE', url: '/things' }, 404, 'not-found'],
  ['a path that cannot be decoded', { url: '/orders/%zz' }, 404, 'not-found'],
  ['an id that cannot be one', { url: '/orders/1' }, 404, 'order-not-found'],
  ['a problem sent as a body', post('{"quantity":7}'), 409, 'sold-out'],
  ['a problem sent by its code', post('{"quantity":8}'), 503, 'try-later'],
  ['a broken invariant', { url: '/fault' }, 500, 'internal'],
  ['a database that is away', { url: '/away' }, 503, 'try-later'],
  ['an answer that its schema refuses', { url: '/liar' }, 500, 'internal'],
  ['an error of some library with a status', { url: '/imposter' }, 500, 'internal'],
] as const

for (const [what, request, status, code] of errors) {
  test(`${what} is answered with the problem ${code}`, async (t) => {
    const answer = await testApp(t).inject(request)
    assert.equal(answer.statusCode, status)
    assert.equal(answer.headers['content-type'], 'application/problem+json')
    const body = answer.json()
    assert.equal(body.type, `urn:flashsale:problem:${code}`)
    assert.equal(body.status, status)
    assert.equal(typeof body.title, 'string')
    assert.equal(answer.headers['retry-after'], code === 'try-later' ? '1' : undefined)
  })
}

test('further fields of a problem reach the client', async (t) => {
  const answer = await testApp(t).inject(post('{"quantity":7}'))
  assert.deepEqual(answer.json().orderIds, ['1'])
})

test('what is not in the response schema never leaves', async (t) => {
  const answer = await testApp(t).inject(post('{"quantity":2}'))
  assert.deepEqual(answer.json(), { quantity: 2 })
})

test('bytes that are no HTTP are answered with a problem too', async (t) => {
  const app = testApp(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  socket.end('nonsense\r\n\r\n')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  await once(socket, 'close')
  assert.match(answer, /^HTTP\/1.1 400 .*application\/problem\+json.*invalid-request/s)
})

test('readyz says whether it can work, and no longer so while it drains', async (t) => {
  let ready = false
  const app = testApp(t, () => ready)
  const status = async () => (await app.inject('/readyz')).statusCode
  assert.equal(await status(), 503)
  ready = true
  assert.equal(await status(), 200)
  app.lifecycle.draining = true
  assert.equal(await status(), 503)
  assert.equal((await app.inject('/healthz')).statusCode, 200)
})

test('metrics tell requests by route, not by path', async (t) => {
  const app = testApp(t)
  await app.inject('/orders/0197f0f0-0000-7000-8000-000000000000')
  const { body } = await app.inject('/metrics')
  assert.match(body, /http_request_seconds_count\{[^}]*route="\/orders\/:id"[^}]*status="200"/)
})

test('readyz can leave one thing out, by its name alone', async (t) => {
  const is = { kafka: false, postgres: true }
  const app = testApp(t, { kafka: () => is.kafka, postgres: () => is.postgres })
  const status = async (query = '') => (await app.inject(`/readyz${query}`)).statusCode
  assert.deepEqual([await status(), await status('?exclude=kafka')], [503, 200])
  is.postgres = false
  assert.equal(await status('?exclude=kafka'), 503)
  assert.equal(await status('?exclude=kafka&exclude=postgres'), 200)
  assert.equal(await status('?exclude=kafak'), 400) // who asks so would wait for ever
  app.lifecycle.draining = true
  assert.equal(await status('?exclude=kafka&exclude=postgres'), 503)
  assert.equal(app.lifecycle.askedAtMs, 0) // a probe is nobody who still asks
})

test('a service says in each answer which release it is of, if it knows', async (t) => {
  const said = async (release: string | undefined) => {
    const app = createApp({ name: 'test', logLevel: 'silent', release })
    t.after(() => app.close())
    const answers = [await app.inject('/healthz'), await app.inject('/nothing')]
    return answers.map(({ headers }) => headers['x-flashsale-release'])
  }
  assert.deepEqual(await said('0.2.0-rc.1'), ['0.2.0-rc.1', '0.2.0-rc.1'])
  assert.deepEqual(await said(undefined), [undefined, undefined])
})
