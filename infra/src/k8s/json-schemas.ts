import { z } from 'zod'

/** As Kubernetes writes them: JSON schema with extensions of its own. */
export type Schema = { [key: string]: unknown }
export type Named = { group: string; version: string; kind: string; schema: Schema }

const Swagger = z.object({ definitions: z.record(z.string(), z.record(z.string(), z.unknown())) })
const Kinds = z.array(z.object({ group: z.string(), version: z.string(), kind: z.string() }))
const DEFINITION = '#/definitions/'
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity'

/** One schema for each kind, complete in itself, out of Kubernetes' own swagger.json. */
export function schemasOfSwagger(text: string): Named[] {
  const { definitions } = Swagger.parse(JSON.parse(text))
  return Object.entries(definitions).flatMap(([name, definition]) => {
    const kinds = Kinds.safeParse(definition['x-kubernetes-group-version-kind'])
    if (!kinds.success || kinds.data.length !== 1) return [] // several: options of a request
    return kinds.data.map((kind) => ({ ...kind, schema: resolve(definitions, name, []) }))
  })
}

/** References are followed to the first that is inside itself: what is under it is not looked at. */
function resolve(definitions: Record<string, Schema>, name: string, above: string[]): Schema {
  if (name === QUANTITY) return { type: ['string', 'number'] }
  if (above.includes(name)) return {}
  const inside = [...above, name]
  const follow = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(follow)
    if (typeof value !== 'object' || value === null) return value
    const schema = value as Schema
    const { $ref } = schema
    if (typeof $ref === 'string') return resolve(definitions, $ref.slice(DEFINITION.length), inside)
    return strict(
      Object.fromEntries(Object.entries(schema).map(([key, one]) => [key, follow(one)])),
    )
  }
  return follow(definitions[name] ?? {}) as Schema
}

const Crd = z.object({
  kind: z.literal('CustomResourceDefinition'),
  spec: z.object({
    group: z.string(),
    names: z.object({ kind: z.string() }),
    versions: z.array(
      z.object({
        name: z.string(),
        served: z.boolean(),
        schema: z.object({ openAPIV3Schema: z.record(z.string(), z.unknown()) }),
      }),
    ),
  }),
})

export function schemasOfCrd(document: unknown): Named[] {
  const { group, names, versions } = Crd.parse(document).spec
  return versions
    .filter(({ served }) => served)
    .map(({ name, schema }) => {
      const named = { group, version: name, kind: names.kind }
      return { ...named, schema: strictly(schema.openAPIV3Schema) as Schema }
    })
}

function strictly(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strictly)
  if (typeof value !== 'object' || value === null) return value
  return strict(Object.fromEntries(Object.entries(value).map(([key, one]) => [key, strictly(one)])))
}

/** A field that nobody knows is a fault, as for the server; what is a number or a text may be either. */
function strict(schema: Schema): Schema {
  const { properties, type, format } = schema
  if (format === 'int-or-string' || schema['x-kubernetes-int-or-string'] === true) {
    return { type: ['string', 'integer'] }
  }
  const isOpen =
    schema['x-kubernetes-preserve-unknown-fields'] === true || 'additionalProperties' in schema
  if (type !== 'object' || typeof properties !== 'object' || isOpen) return schema
  return { ...schema, additionalProperties: false }
}
