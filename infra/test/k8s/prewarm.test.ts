import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import type { Cluster } from '../../src/k8s/in-cluster.ts'
import type { Document } from '../../src/k8s/render.ts'
import { isWarm, type Sale } from '../../src/prewarm/sales.ts'
import { setLeast } from '../../src/prewarm/scalers.ts'
import { canRender, everyOverlay } from './manifests.ts'

const around = { leadMs: 900_000, keepMs: 600_000 }
const now = Date.parse('2026-11-27T12:00:00Z')
const saleAt = (minutes: number, state = 'scheduled'): Sale => ({
  state,
  opensAt: new Date(now + minutes * 60_000).toISOString(),
})

for (const [what, sales, warm] of [
  ['no sale', [], false],
  ['a sale that opens in an hour', [saleAt(60)], false],
  ['a sale that opens in a quarter of an hour', [saleAt(15)], true],
  ['a sale that opened nine minutes ago', [saleAt(-9, 'open')], true],
  ['a sale that is sold out since', [saleAt(-9, 'sold-out')], true], // units come back
  ['a sale that opened long ago', [saleAt(-11, 'open')], false],
  ['a sale that was closed before it opened', [saleAt(5, 'closed')], false],
  ['one of many', [saleAt(60), saleAt(-60, 'open'), saleAt(1)], true],
] as const) {
  test(`instances are wanted before an opening: ${what}, ${warm ? 'warm' : 'calm'}`, () => {
    assert.equal(isWarm([...sales], now, around), warm)
  })
}

const Kept = z.object({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) })
const plurals: Record<string, string> = {
  horizontalpodautoscalers: 'HorizontalPodAutoscaler',
  scaledobjects: 'ScaledObject',
}

/** Lists by label and takes patches, as Kubernetes does; `kinds` that it does not know are 404. */
function clusterWith(documents: Document[], kinds = Object.values(plurals)) {
  const patches: Record<string, unknown> = {}
  const ask: Cluster['ask'] = async ({ method, path, body }) => {
    const [, plural = '', name] = /namespaces\/flashsale\/(\w+)(?:\/([\w-]+))?/.exec(path) ?? []
    const kind = plurals[plural] ?? ''
    if (!kinds.includes(kind)) return { status: 404, body: {} }
    if (method === 'GET') {
      assert.match(path, /labelSelector=flashsale.dev%2Fprewarm%3Dwanted$/)
      const items = documents.filter(
        (one) =>
          Kept.parse(one).kind === kind &&
          one.metadata.labels['flashsale.dev/prewarm'] === 'wanted',
      )
      return { status: 200, body: { items } }
    }
    patches[`${kind} ${name}`] = body
    return { status: 200, body: {} }
  }
  return { cluster: { namespace: 'flashsale', ask }, patches }
}

test('a run without KEDA in the cluster changes what is there', async () => {
  const metadata = {
    name: 'gateway',
    labels: { 'flashsale.dev/prewarm': 'wanted' },
    annotations: { 'flashsale.dev/calm': '3', 'flashsale.dev/warm': '10' },
  }
  const scaler = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata }
  const documents = [{ ...scaler, spec: { minReplicas: 3 } }]
  const { cluster, patches } = clusterWith(documents, ['HorizontalPodAutoscaler'])
  assert.deepEqual(await setLeast(cluster, 'calm'), [])
  assert.deepEqual(await setLeast(cluster, 'warm'), [{ name: 'gateway', from: 3, to: 10 }])
  assert.deepEqual(patches, { 'HorizontalPodAutoscaler gateway': { spec: { minReplicas: 10 } } })
})

test('what KEDA made of a ScaledObject is left to KEDA', async () => {
  const metadata = {
    name: 'keda-hpa-order',
    labels: { 'flashsale.dev/prewarm': 'wanted' },
    annotations: { 'flashsale.dev/calm': '2', 'flashsale.dev/warm': '4' },
    ownerReferences: [{ kind: 'ScaledObject', name: 'order' }],
  }
  const scaler = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata }
  const { cluster, patches } = clusterWith([{ ...scaler, spec: { minReplicas: 2 } }])
  assert.deepEqual(await setLeast(cluster, 'warm'), [])
  assert.deepEqual(patches, {})
})

if (canRender()) {
  for (const { overlay, documents } of everyOverlay()) {
    if (overlay === 'local') continue
    test(`${overlay}: calm is what the manifests say, and warm is no more than there may be`, async () => {
      const { cluster, patches } = clusterWith(documents)
      assert.deepEqual(await setLeast(cluster, 'calm'), [])
      const changed = await setLeast(cluster, 'warm')
      assert.deepEqual(changed.map(({ name }) => name).toSorted(), [
        'gateway',
        'inventory',
        'order',
        'payment',
      ])
      for (const { name, to } of changed) {
        const most = /"(?:maxReplicas|maxReplicaCount)":(\d+)/.exec(
          JSON.stringify(documents.find((one) => isScaler(one) && one.metadata.name === name)),
        )
        assert.ok(to <= Number(most?.[1]), name)
      }
      assert.equal(Object.keys(patches).length, changed.length)
    })
  }
}
const isScaler = ({ kind }: Document) => Object.values(plurals).includes(kind)
