import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { topics } from '@flashsale/contracts/topics.ts'
import { z } from 'zod'
import { root } from '../../src/checkout.ts'
import { readConfigs } from '../../src/k8s/configs.ts'
import { usersOf } from '../secure/kafka-access.ts'
import { canRender, documentsIn, ofOverlay, type Workload, workloadsOf } from './manifests.ts'
import { withSecrets } from './secrets.ts'

const AUTHORITIES = '/etc/flashsale/authorities'
const services = ['inventory', 'order', 'payment'] as const

const Mounting = z.looseObject({
  name: z.string(),
  volumeMounts: z.array(z.object({ mountPath: z.string() })).default([]),
})
const Environment = z.looseObject({
  env: z.array(
    z.object({
      name: z.string(),
      value: z.string().optional(),
      valueFrom: z.object({ secretKeyRef: z.object({ name: z.string() }) }).optional(),
    }),
  ),
})
const Roles = z.object({
  spec: z.object({
    managed: z.object({
      roles: z.array(z.object({ name: z.string(), inRoles: z.array(z.string()).default([]) })),
    }),
  }),
})

if (canRender()) {
  for (const overlay of ['production', 'canary'] as const) {
    const documents = ofOverlay(overlay)
    const workloads = workloadsOf(documents)

    test(`${overlay}: every store is encrypted, and each service has a name of its own there`, () => {
      const configs = readConfigs(withSecrets(documents)) // throws on one in plain text
      const known = usersOf(readFileSync(join(root, 'k8s/operators/kafka-access.yaml'), 'utf8'))
      const names = known.map(({ metadata }) => metadata.name)
      for (const service of services) {
        const { kafka, database } = configs[service]
        assert.equal(kafka.user?.username, service)
        assert.ok(names.includes(service))
        assert.deepEqual([kafka.topics, database.migrate], ['wait', 'wait'])
      }
      const files = [configs.gateway.redis.tls, configs.order.database.tls, configs.order.kafka.tls]
      for (const tls of files) assert.ok(tls?.caFile?.startsWith(`${AUTHORITIES}/`))
    })

    test(`${overlay}: whoever asks a store has the files that say who signs for it`, () => {
      const asking = workloads.flatMap(({ name, pod }: Workload) => {
        const all = [...pod.spec.initContainers, ...pod.spec.containers]
        return all.map((one) => ({ in: name, ...Mounting.parse(one) }))
      })
      const known = asking.filter(({ name }) => ['service', 'migrated', 'task'].includes(name))
      const migrating = known.filter((one) => one.in !== 'prewarm')
      assert.ok(migrating.length >= 10)
      for (const { in: workload, name, volumeMounts } of migrating) {
        const mounted = volumeMounts.some(({ mountPath }) => mountPath === AUTHORITIES)
        assert.ok(mounted, `${workload}: ${name}`)
      }
    })

    test(`${overlay}: only the migrations are the owner, who grants the role of the service`, () => {
      const cluster = documentsIn('k8s/operators').find(({ kind }) => kind === 'Cluster')
      const { roles } = Roles.parse(cluster).spec.managed
      for (const service of services) {
        const job = workloads.find(({ name }) => name.startsWith(`migrate-${service}-`))
        const { env } = Environment.parse(job?.pod.spec.containers[0])
        const of = (name: string) => env.find((one) => one.name === name)
        const from = of('DATABASE_URL')?.valueFrom?.secretKeyRef.name
        assert.equal(from, `${service}-owner`)
        const runtime = of('DATABASE_RUNTIME_ROLE')?.value ?? ''
        assert.equal(runtime, `${service}_runtime`)
        assert.ok(roles.some(({ name }) => name === runtime))
        assert.deepEqual(roles.find(({ name }) => name === service)?.inRoles, [runtime])
      }
    })
  }
}

test('only its owner writes to a topic, and only who reads it writes its dead letters', () => {
  const users = usersOf(readFileSync(join(root, 'k8s/operators/kafka-access.yaml'), 'utf8'))
  const who = (operation: 'Read' | 'Write', topic: string) =>
    users
      .filter(({ spec }) =>
        spec.authorization.acls.some(
          ({ resource, operations }) =>
            resource.type === 'topic' &&
            resource.patternType === 'literal' &&
            resource.name === topic &&
            operations.includes(operation),
        ),
      )
      .map(({ metadata }) => metadata.name)
  assert.deepEqual(who('Write', topics.stock), ['inventory'])
  assert.deepEqual(who('Write', topics.orders), ['order'])
  assert.deepEqual(who('Write', topics.payments), ['payment'])
  for (const topic of Object.values(topics)) {
    assert.deepEqual(who('Write', `${topic}.dead`), who('Read', topic), topic)
  }
})
