import { z } from 'zod'
import type { Document } from './render.ts'

const Reference = z.object({ name: z.string() })
const Container = z.object({
  name: z.string(),
  envFrom: z
    .array(
      z.object({ configMapRef: Reference.optional(), secretRef: Reference.optional() }).strict(),
    )
    .default([]),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).default([]),
})
const Workload = z.object({
  spec: z.object({ template: z.object({ spec: z.object({ containers: z.array(Container) }) }) }),
})
const Texts = z.record(z.string(), z.string()).default({})
const Settings = z.object({ data: Texts, stringData: Texts })

/** The container `service` of Deployment `name`; what only a running pod knows is its field's name. */
export function environmentOf(documents: Document[], name: string): Record<string, string> {
  const find = (kind: string, named: string) => {
    const found = documents.find((one) => one.kind === kind && one.metadata.name === named)
    if (found) return found
    throw new Error(`there is no ${kind} ${named}`)
  }
  const valuesOf = (kind: string, named: string) => {
    const { data, stringData } = Settings.parse(find(kind, named))
    const plain = Object.entries(data).map(([key, value]) => [key, plainOf(kind, value)])
    return { ...Object.fromEntries(plain), ...stringData }
  }
  const { containers } = Workload.parse(find('Deployment', name)).spec.template.spec
  const service = containers.find((one) => one.name === 'service')
  if (!service) throw new Error(`Deployment ${name} has no container "service"`)
  const env: Record<string, string> = {}
  for (const { configMapRef, secretRef } of service.envFrom) {
    if (configMapRef) Object.assign(env, valuesOf('ConfigMap', configMapRef.name))
    if (secretRef) Object.assign(env, valuesOf('Secret', secretRef.name))
  }
  for (const one of service.env) env[one.name] = one.value ?? one.name.toLowerCase()
  return env
}

const plainOf = (kind: string, value: string) =>
  kind === 'Secret' ? Buffer.from(value, 'base64').toString() : value
