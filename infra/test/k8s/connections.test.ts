import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { connectionsMax as ofInventory } from '../../../services/inventory/src/db/connections.ts'
import { connectionsMax as ofOrder } from '../../../services/order/src/db/connections.ts'
import { connectionsMax as ofPayment } from '../../../services/payment/src/db/connections.ts'
import { readConfigs } from '../../src/k8s/configs.ts'
import type { Document } from '../../src/k8s/render.ts'
import { canRender, documentsIn, everyOverlay } from './manifests.ts'
import { withSecrets } from './secrets.ts'

const ofInstance = { inventory: ofInventory, order: ofOrder, payment: ofPayment }
type WithDatabase = keyof typeof ofInstance
const names = Object.keys(ofInstance) as WithDatabase[]
const OF_MIGRATION = 2
const KEPT_FOR_OPERATORS = 20 // superusers, replication's look-ups, a person

const Scaler = z.object({
  spec: z.object({
    scaleTargetRef: z.object({ name: z.string() }),
    maxReplicas: z.number().optional(),
    maxReplicaCount: z.number().optional(),
  }),
})
const Rolling = z.object({
  spec: z.object({
    strategy: z.object({ rollingUpdate: z.object({ maxSurge: z.number().int() }) }),
  }),
})
const Fixed = z.object({ spec: z.object({ replicas: z.number().int() }) })
const Postgres = z.object({
  spec: z.object({
    postgresql: z.object({ parameters: z.object({ max_connections: z.coerce.number() }) }),
    managed: z.object({
      roles: z.array(z.object({ name: z.string(), connectionLimit: z.number() })),
    }),
  }),
})

/** Of a service in a rollout: as many as may be, and those that are on their way. */
function instancesMax(documents: Document[], service: string): number {
  const scalers = documents
    .filter(({ kind }) => ['HorizontalPodAutoscaler', 'ScaledObject'].includes(kind))
    .map((one) => Scaler.parse(one).spec)
    .filter(({ scaleTargetRef }) => scaleTargetRef.name === service)
  assert.equal(scalers.length, 1, `${service} has one scaler`)
  const most = scalers[0]?.maxReplicas ?? scalers[0]?.maxReplicaCount ?? Number.NaN
  const deployment = documents.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === service,
  )
  return most + surgeOf(deployment)
}

/** Of another version beside it, where there is one; it reads nothing from Kafka. */
function canariesMax(documents: Document[], service: string): number {
  const deployment = documents.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === `${service}-canary`,
  )
  return deployment ? Fixed.parse(deployment).spec.replicas + surgeOf(deployment) : 0
}

const surgeOf = (deployment: Document | undefined) =>
  Rolling.parse(deployment).spec.strategy.rollingUpdate.maxSurge

function limitsOf(overlay: string) {
  if (overlay === 'local') {
    const server = JSON.stringify(documentsIn('k8s/overlays/local'))
    return { all: Number(/max_connections=(\d+)/.exec(server)?.[1]), of: () => 300 }
  }
  const cluster = documentsIn('k8s/operators').find(({ kind }) => kind === 'Cluster')
  const { postgresql, managed } = Postgres.parse(cluster).spec
  const of = (role: string) =>
    managed.roles.find(({ name }) => name === role)?.connectionLimit ?? Number.NaN
  return { all: postgresql.parameters.max_connections, of }
}

if (canRender()) {
  for (const { overlay, documents } of everyOverlay()) {
    test(`${overlay}: all instances at once, a rollout and a migration have their connections`, () => {
      const { all, of } = limitsOf(overlay)
      const wanted = names.map((service) => {
        const instances = instancesMax(documents, service) + canariesMax(documents, service)
        const running = instances * ofInstance[service]
        const runtime = of(`${service}_runtime`)
        assert.ok(running <= runtime, `${service} may want ${running} of ${runtime}`)
        assert.ok(OF_MIGRATION <= of(service), service)
        return running + OF_MIGRATION
      })
      const sum = wanted.reduce((total, one) => total + one, KEPT_FOR_OPERATORS)
      assert.ok(sum <= all, `${wanted.join(' + ')} + ${KEPT_FOR_OPERATORS} = ${sum} of ${all}`)
    })

    test(`${overlay}: no reader of Kafka is without a partition`, () => {
      const configs = readConfigs(withSecrets(documents))
      const partitions: Record<WithDatabase, number> = {
        inventory: configs.inventory.kafka.partitions,
        order: configs.order.kafka.partitions,
        payment: configs.payment.kafka.partitions,
      }
      for (const service of names) {
        assert.ok(instancesMax(documents, service) - 1 <= partitions[service], service)
      }
    })
  }
}
