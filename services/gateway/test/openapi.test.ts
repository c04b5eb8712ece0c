import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGateway } from './gateway.ts'

type Operation = {
  summary?: string
  security?: unknown[]
  parameters?: { name: string; in: string; required?: boolean }[]
  requestBody?: { content: Record<string, { schema: Record<string, unknown> }> }
  responses: Record<string, { description: string; content?: Record<string, unknown> }>
}
type Document = { openapi: string; paths: Record<string, Record<string, Operation>> }

/** CONTRACT.md section 2, what is built of it: call, then the statuses it lists. */
const expected: Record<string, string> = {
  'get /v1/sales': '200 304 500 503',
  'get /v1/sales/{saleId}': '200 304 404 500 503',
  'post /v1/sales/{saleId}/orders': '202 400 401 403 404 409 413 415 422 429 500 503',
  'get /v1/orders': '200 400 401 403 500 503',
  'get /v1/orders/{id}': '200 401 403 404 500 503',
  'post /v1/orders/{id}/payment': '201 401 403 404 409 413 429 500 503',
  'post /v1/orders/{id}/cancel': '200 401 403 404 409 413 500 503',
  'post /v1/payments/callbacks/{provider}': '200 401 404 413 500 503',
  'get /v1/admin/sales': '200 400 401 403 429 500 503',
  'post /v1/admin/sales': '201 400 401 403 413 415 429 500 503',
  'post /v1/admin/sales/{saleId}/pause': '200 401 403 404 409 413 429 500 503',
  'post /v1/admin/sales/{saleId}/resume': '200 401 403 404 409 413 429 500 503',
  'post /v1/admin/sales/{saleId}/close': '200 401 403 404 409 413 429 500 503',
  'post /v1/admin/sales/{saleId}/withdraw': '200 400 401 403 404 409 413 415 429 500 503',
  'post /v1/admin/sales/{saleId}/restock': '200 400 401 403 404 409 413 415 429 500 503',
  'get /v1/admin/sales/{saleId}/audit': '200 401 403 404 429 500 503',
  'get /v1/admin/limits': '200 401 403 429 500 503',
  'put /v1/admin/limits': '200 400 401 403 413 415 429 500 503',
  'get /v1/admin/config': '200 304 401 403 429 500 503',
  'patch /v1/admin/config': '200 400 401 403 409 413 415 429 500 503',
  'get /v1/admin/config/history': '200 400 401 403 429 500 503',
  'post /v1/admin/config/roll-back': '200 400 401 403 404 409 413 415 429 500 503',
  'get /v1/admin/orders': '200 400 401 403 429 500 503',
  'put /v1/admin/banned-buyers/{buyer}': '200 401 403 404 409 413 429 500 503',
  'delete /v1/admin/banned-buyers/{buyer}': '200 401 403 404 413 429 500 503',
  'put /v1/admin/withdrawn-tokens': '200 400 401 403 409 413 415 429 500 503',
}

async function readDocument(t: Parameters<typeof startGateway>[0]) {
  const { call } = await startGateway(t)
  const answer = await call('GET', '/openapi.json')
  assert.equal(answer.status, 200)
  return answer.body as Document
}
const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )

test('the OpenAPI document covers every call with every status', async (t) => {
  const document = await readDocument(t)
  assert.match(document.openapi, /^3\.1\./)
  const listed = operationsOf(document)
    .filter(({ path }) => path.startsWith('/v1/'))
    .map(({ path, method, operation }) => [
      `${method} ${path}`,
      Object.keys(operation.responses).sort().join(' '),
    ])
  assert.deepEqual(
    Object.fromEntries(listed.sort()),
    Object.fromEntries(Object.entries(expected).sort()),
  )
})

test('every refusal is listed as a problem document, and every call that asks for a token says so', async (t) => {
  for (const { path, method, operation } of operationsOf(await readDocument(t))) {
    const name = `${method} ${path}`
    assert.ok(operation.summary, name)
    for (const [status, { content }] of Object.entries(operation.responses)) {
      const types = Object.keys(content ?? {})
      if (Number(status) >= 400) assert.deepEqual(types, ['application/problem+json'], name)
      else if (status !== '304') assert.deepEqual(types, ['application/json'], `${name} ${status}`)
    }
    const open = path === '/v1/sales' || path === '/v1/sales/{saleId}' || path.includes('callbacks')
    assert.equal(operation.security === undefined, open, name)
  }
})

test('the document has the form that OpenAPI 3.1 asks for', async (t) => {
  const document = await readDocument(t)
  for (const { path, method, operation } of operationsOf(document)) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const parameters = operation.parameters ?? []
    const declared = parameters.filter((one) => one.in === 'path')
    assert.deepEqual(
      declared.map(({ name }) => name),
      inPath,
      `${method} ${path}`,
    )
    assert.ok(declared.every(({ required }) => required))
    const names = parameters.map((one) => `${one.in} ${one.name}`)
    assert.equal(new Set(names).size, names.length)
    for (const { description } of Object.values(operation.responses)) {
      assert.equal(typeof description, 'string')
    }
  }
  const text = JSON.stringify(document)
  for (const [, target] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const found = target
      ?.split('/')
      .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document)
    assert.ok(found, `${target} is not there`)
  }
  assert.ok(!text.includes('"nullable"'), 'a word of OpenAPI 3.0')

  const buy = document.paths['/v1/sales/{saleId}/orders']?.post
  const body = buy?.requestBody?.content['application/json']?.schema
  assert.deepEqual(body?.required, ['quantity'])
  assert.equal(body?.additionalProperties, false)
})
