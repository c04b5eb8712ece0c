import assert from 'node:assert/strict'
import { test } from 'node:test'
import { committedDocument } from '../../src/api/committed-document.ts'
import { neededStep, type Step } from '../../src/api/judge-version.ts'
import { changesBetween, oasdiff } from '../../src/api/oasdiff.ts'
import { whyNoGoProgram } from '../../src/parts/go-program.ts'

type Schema = {
  type?: string
  enum?: string[]
  maximum?: number
  required?: string[]
  properties: Record<string, Schema>
}
type Content = { content: { 'application/json': { schema: Schema } } }
type Operation = {
  summary: string
  requestBody: Content
  responses: Record<string, Content>
  parameters: object[]
}
type Document = { paths: Record<string, Record<string, Operation>> }

const buyPath = '/v1/sales/{saleId}/orders'
const call = ({ paths }: Document, path: string, method: string): Operation =>
  paths[path]?.[method] ?? assert.fail(`${method} ${path}`)
const buy = (document: Document) => call(document, buyPath, 'post')
const order = (document: Document) => call(document, '/v1/orders/{id}', 'get')
const bodyOf = ({ content }: Content) => content['application/json'].schema
const answer = (operation: Operation, status: string) =>
  bodyOf(operation.responses[status] ?? assert.fail(status))
const field = ({ properties }: Schema, name: string) => properties[name] ?? assert.fail(name)

/** A change of the real document, and which step of its version it needs. */
const changes: Record<string, [step: Step, change: (document: Document) => void]> = {
  'nothing at all': ['none', () => {}],
  'other words': [
    'none',
    (document) => {
      buy(document).summary = 'Buy something'
    },
  ],
  'a call that is gone': ['major', ({ paths }) => delete paths['/v1/orders/{id}']],
  'a method that is gone': ['major', ({ paths }) => delete paths['/v1/admin/limits']?.put],
  'a field of an answer that is gone': [
    'major',
    (document) => delete answer(order(document), '200').properties.status,
  ],
  'an optional field of an answer that is gone': [
    'major',
    (document) => delete answer(order(document), '200').properties.payBy,
  ],
  'a field of an answer that may be missing from now on': [
    'major',
    (document) => {
      answer(order(document), '200').required = ['id']
    },
  ],
  'a field that a request has to have': [
    'major',
    (document) => {
      const body = bodyOf(buy(document).requestBody)
      body.properties.color = { type: 'string', properties: {} }
      body.required?.push('color')
    },
  ],
  'a value of an answer that is gone': [
    'major',
    (document) => void field(answer(order(document), '200'), 'status').enum?.pop(),
  ],
  'a value of a request that is taken no more': [
    'major',
    (document) => {
      field(bodyOf(buy(document).requestBody), 'quantity').maximum = 5
    },
  ],
  'another type': [
    'major',
    (document) => {
      field(answer(order(document), '200'), 'quantity').type = 'string'
    },
  ],
  'another status for what went well': [
    'major',
    (document) => {
      const { responses } = buy(document)
      responses['200'] = responses['202'] ?? assert.fail()
      delete responses['202']
    },
  ],
  'a refusal that is gone': ['major', (document) => delete buy(document).responses['409']],
  'a new value of an answer': [
    'minor',
    (document) => void field(answer(order(document), '200'), 'status').enum?.push('lost'),
  ],
  'a new call': [
    'minor',
    ({ paths }) => {
      paths['/v1/news'] = { get: structuredClone(paths['/v1/sales']?.get ?? assert.fail()) }
    },
  ],
  'a field that a request may have': [
    'minor',
    (document) => {
      const body = bodyOf(buy(document).requestBody)
      body.properties.color = { type: 'string', properties: {} }
    },
  ],
  'a new field of an answer': [
    'minor',
    (document) => {
      answer(order(document), '200').properties.color = { type: 'string', properties: {} }
    },
  ],
}

const skip = whyNoGoProgram(oasdiff) ?? false
for (const [what, [step, change]] of Object.entries(changes)) {
  test(`a change of the API needs a version: ${what}, ${step}`, { skip }, () => {
    const committed = committedDocument()
    const document: Document = JSON.parse(committed)
    change(document)
    const found = changesBetween(committed, JSON.stringify(document))
    const told = found.map(({ level, call, text }) => `${level} ${call} ${text}`).join('\n')
    assert.equal(neededStep(found), step, told)
    if (step === 'none') return
    assert.ok(found.every(({ text }) => text !== ''))
    assert.match(found[0]?.call ?? '', /^[A-Z]+ \/v1\//)
  })
}
