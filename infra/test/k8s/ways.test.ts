import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { environmentOf } from '../../src/k8s/environment.ts'
import type { Document } from '../../src/k8s/render.ts'
import { canRender, everyOverlay, matches, workloadsOf } from './manifests.ts'
import { withSecrets } from './secrets.ts'

const Labels = z.record(z.string(), z.string())
const Peer = z.looseObject({
  podSelector: z.object({ matchLabels: Labels.default({}) }).optional(),
  namespaceSelector: z.unknown().optional(),
})
const Rule = z.looseObject({
  from: z.array(Peer).default([]),
  to: z.array(Peer).default([]),
  ports: z.array(z.object({ port: z.union([z.string(), z.number()]) })).default([]),
})
const Policy = z.object({
  spec: z.object({
    podSelector: z.strictObject({ matchLabels: Labels.default({}) }),
    ingress: z.array(Rule).default([]),
    egress: z.array(Rule).default([]),
  }),
})
const Service = z.object({ spec: z.object({ selector: Labels }) })
const STORES = new Map([
  ['postgres', 5432],
  ['redis', 6379],
  ['kafka', 9092],
])

type Way = { from: Record<string, string>; to: Record<string, string>; port: string | number }

/** Whether a policy of the caller lets it out and one of the callee lets it in, in one namespace. */
function isOpen(documents: Document[], { from, to, port }: Way): boolean {
  const policies = documents
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .map((one) => Policy.safeParse(one).data?.spec)
    .filter((spec) => spec !== undefined)
  const of = (labels: Record<string, string>) =>
    policies.filter(({ podSelector }) => matches(podSelector.matchLabels, labels))
  const isNamed = (peers: z.infer<typeof Peer>[], labels: Record<string, string>) =>
    peers.some(({ podSelector }) => podSelector && matches(podSelector.matchLabels, labels))
  const hasPort = ({ ports }: z.infer<typeof Rule>) => ports.some((one) => one.port === port)
  const out = of(from).some(({ egress }) =>
    egress.some((rule) => hasPort(rule) && isNamed(rule.to, to)),
  )
  const inside = of(to).some(({ ingress }) =>
    ingress.some((rule) => hasPort(rule) && isNamed(rule.from, from)),
  )
  return out && inside
}

/** The Services that a service's settings name: hosts of its URLs and of its list of brokers. */
function calledBy(env: Record<string, string>, services: Document[]): Document[] {
  const hosts = Object.entries(env).flatMap(([name, value]) => {
    if (name === 'CALLBACK_URL') return [] // the bank's way, not its own
    if (/_URL$/.test(name)) return value.split(',').map((url) => new URL(url).hostname)
    return /_BROKERS$/.test(name) ? value.split(',').map((broker) => broker.split(':')[0]) : []
  })
  return services.filter(({ metadata }) => hosts.includes(metadata.name))
}

if (canRender()) {
  for (const { overlay, documents } of everyOverlay()) {
    const pods = workloadsOf(documents).map(({ pod }) => pod.metadata.labels)
    const podsOf = (service: Document) =>
      pods.filter((labels) => matches(Service.parse(service).spec.selector, labels))
    const services = documents.filter(({ kind }) => kind === 'Service')

    test(`${overlay}: each Service leads to the pods of one workload`, () => {
      for (const service of services) assert.equal(podsOf(service).length, 1, service.metadata.name)
    })

    test(`${overlay}: every address in the settings is a way that the policies leave open`, () => {
      const ways: string[] = []
      for (const name of ['gateway', 'inventory', 'order', 'payment']) {
        const [from = {}] = pods.filter((labels) => labels['app.kubernetes.io/name'] === name)
        for (const service of calledBy(environmentOf(withSecrets(documents), name), services)) {
          const [to = {}] = podsOf(service)
          const { name: called } = service.metadata
          ways.push(`${name} ${called}`)
          const port = STORES.get(called) ?? 'http'
          assert.ok(isOpen(documents, { from, to, port }), `${name} may not ask ${called}`)
        }
      }
      assert.ok(ways.includes('gateway inventory') && ways.includes('order inventory'))
      assert.equal(ways.includes('payment postgres'), overlay === 'local')
    })

    test(`${overlay}: who has no business there is kept out`, () => {
      const labelsOf = (name: string) =>
        pods.find((labels) => labels['app.kubernetes.io/name'] === name) ?? {}
      for (const [from, to] of [
        ['payment', 'order'],
        ['migrate-order', 'inventory'],
        ['order', 'payment'],
        ['gateway', 'gateway'],
      ] as const) {
        const way = { from: labelsOf(from), to: labelsOf(to), port: 'http' }
        assert.equal(isOpen(documents, way), false, `${from} may ask ${to}`)
      }
    })
  }
}
