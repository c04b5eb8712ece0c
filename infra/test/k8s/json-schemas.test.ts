import assert from 'node:assert/strict'
import { test } from 'node:test'
import { schemasOfCrd, schemasOfSwagger } from '../../src/k8s/json-schemas.ts'

const kind = (group: string, kindName: string) => ({ group, version: 'v1', kind: kindName })
const swagger = {
  definitions: {
    'io.Shelf': {
      type: 'object',
      'x-kubernetes-group-version-kind': [kind('shop', 'Shelf')],
      properties: { inside: { $ref: '#/definitions/io.Box' }, height: { type: 'integer' } },
    },
    'io.Box': {
      type: 'object',
      properties: {
        inside: { $ref: '#/definitions/io.Box' },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        port: { type: 'string', format: 'int-or-string' },
        weight: { $ref: '#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity' },
      },
    },
    'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: 'string' },
    'io.Options': {
      type: 'object',
      'x-kubernetes-group-version-kind': [kind('', 'Options'), kind('shop', 'Options')],
    },
  },
}

test('a kind of Kubernetes has a schema that is complete in itself and knows all of its fields', () => {
  const [shelf, ...others] = schemasOfSwagger(JSON.stringify(swagger))
  assert.deepEqual(others, []) // options of requests are no kind
  assert.deepEqual(shelf, {
    ...kind('shop', 'Shelf'),
    schema: {
      type: 'object',
      'x-kubernetes-group-version-kind': [kind('shop', 'Shelf')],
      additionalProperties: false,
      properties: {
        height: { type: 'integer' },
        inside: {
          type: 'object',
          additionalProperties: false,
          properties: {
            inside: {}, // a box in a box: what is in that is not looked at
            labels: { type: 'object', additionalProperties: { type: 'string' } },
            port: { type: ['string', 'integer'] },
            weight: { type: ['string', 'number'] },
          },
        },
      },
    },
  })
})

test('a kind of others has a schema for each version that is served; what is left open there is open', () => {
  const schemaOf = (spec: object) => ({
    openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', ...spec } } },
  })
  const open = { properties: { a: {} }, 'x-kubernetes-preserve-unknown-fields': true }
  const made = schemasOfCrd({
    kind: 'CustomResourceDefinition',
    spec: {
      group: 'shop.example.com',
      names: { kind: 'Sale' },
      versions: [
        { name: 'v1', served: true, schema: schemaOf({ properties: { a: {} } }) },
        { name: 'v2', served: true, schema: schemaOf(open) },
        { name: 'v0', served: false, schema: schemaOf({}) },
      ],
    },
  })
  const group = 'shop.example.com'
  const schema = (spec: object) => ({
    type: 'object',
    additionalProperties: false,
    properties: { spec: { type: 'object', ...spec } },
  })
  assert.deepEqual(made, [
    {
      group,
      version: 'v1',
      kind: 'Sale',
      schema: schema({ properties: { a: {} }, additionalProperties: false }),
    },
    { group, version: 'v2', kind: 'Sale', schema: schema(open) },
  ])
})
