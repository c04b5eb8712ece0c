import { z } from 'zod'
import { type Cluster, unexpected } from '../k8s/in-cluster.ts'

const LABEL = 'flashsale.dev/prewarm=wanted'
const kinds = [
  { api: 'autoscaling/v2', plural: 'horizontalpodautoscalers', field: 'minReplicas' },
  { api: 'keda.sh/v1alpha1', plural: 'scaledobjects', field: 'minReplicaCount' },
] as const
type Kind = (typeof kinds)[number]

const Replicas = z.coerce.number().int().min(1).max(1000)
const List = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        annotations: z.object({ 'flashsale.dev/calm': Replicas, 'flashsale.dev/warm': Replicas }),
        ownerReferences: z.array(z.unknown()).default([]),
      }),
      spec: z.looseObject({}),
    }),
  ),
})
export type Want = 'warm' | 'calm'
export type Changed = { name: string; from: number | undefined; to: number }

/** The least number of instances of everything with the label; what had it already is left alone. */
export async function setLeast(cluster: Cluster, want: Want): Promise<Changed[]> {
  const changed: Changed[] = []
  for (const kind of kinds) changed.push(...(await setLeastOf(cluster, kind, want)))
  return changed
}

async function setLeastOf(cluster: Cluster, { api, plural, field }: Kind, want: Want) {
  const base = `/apis/${api}/namespaces/${cluster.namespace}/${plural}`
  const selector = new URLSearchParams({ labelSelector: LABEL })
  const answer = await cluster.ask({ method: 'GET', path: `${base}?${selector}` })
  if (answer.status === 404) return [] // KEDA is not there
  if (answer.status !== 200) throw unexpected(`list ${plural}`, answer)

  const changed: Changed[] = []
  for (const { metadata, spec } of List.parse(answer.body).items) {
    const [from, to] = [spec[field], metadata.annotations[`flashsale.dev/${want}`]]
    // What KEDA makes of a ScaledObject has its labels too, and follows it.
    if (from === to || metadata.ownerReferences.length > 0) continue
    const path = `${base}/${metadata.name}`
    const patched = await cluster.ask({ method: 'PATCH', path, body: { spec: { [field]: to } } })
    if (patched.status !== 200) throw unexpected(`patch ${plural}/${metadata.name}`, patched)
    changed.push({ name: metadata.name, from: typeof from === 'number' ? from : undefined, to })
  }
  return changed
}
