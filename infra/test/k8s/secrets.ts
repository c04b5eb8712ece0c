import { z } from 'zod'
import type { Answer, Cluster } from '../../src/k8s/in-cluster.ts'
import type { Document } from '../../src/k8s/render.ts'
import { makeSecrets } from '../../src/make-secrets/make-secrets.ts'

const Body = z.object({
  metadata: z.object({ name: z.string() }),
  stringData: z.record(z.string(), z.string()),
})
const External = z.object({
  spec: z.object({
    target: z.object({ name: z.string() }),
    data: z.array(z.object({ secretKey: z.string() })),
  }),
})

/** A cluster that keeps Secrets, and nothing else. */
export function secretKeeper(fails: (asked: number) => boolean = () => false) {
  const kept = new Map<string, Record<string, string>>()
  let asked = 0
  const ask: Cluster['ask'] = async ({ method, path, body }): Promise<Answer> => {
    if (fails(++asked)) return { status: 500, body: { message: 'it broke' } }
    if (method === 'POST') {
      const { metadata, stringData } = Body.parse(body)
      if (kept.has(metadata.name)) return { status: 409, body: {} }
      kept.set(metadata.name, stringData)
      return { status: 201, body: {} }
    }
    const secret = kept.get(path.split('/').at(-1) ?? '')
    if (!secret) return { status: 404, body: {} }
    const coded = Object.entries(secret).map(([key, value]) => [
      key,
      Buffer.from(value).toString('base64'),
    ])
    return { status: 200, body: { data: Object.fromEntries(coded) } }
  }
  return { cluster: { namespace: 'flashsale', ask }, kept }
}
const { cluster, kept } = secretKeeper()
await makeSecrets(cluster)

const values: Record<string, string> = {
  ...Object.assign({}, ...kept.values()),
  REDIS_URL: 'rediss://gateway:password@redis.example.com:6379',
  DATABASE_URL: 'postgres://runtime:password@postgres.example.com/any?sslmode=verify-full',
  KAFKA_SASL_PASSWORD: 'password',
}

/** The manifests, and the Secrets that make-secrets or an ExternalSecret would have made of them. */
export function withSecrets(documents: Document[]): Document[] {
  const external = documents.filter(({ kind }) => kind === 'ExternalSecret')
  const fromOutside = external.map((one) => {
    const { target, data } = External.parse(one).spec
    const pairs = data.map(({ secretKey }) => [secretKey, values[secretKey] ?? ''])
    return secretOf(target.name, Object.fromEntries(pairs))
  })
  const made = [...kept].map(([name, stringData]) => secretOf(name, stringData))
  return [...documents, ...(external.length > 0 ? fromOutside : made)]
}

const secretOf = (name: string, stringData: Record<string, string>): Document => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, labels: {} },
  stringData,
})
