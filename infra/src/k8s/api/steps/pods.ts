import { z } from 'zod'
import type { Kubectl } from '../kubectl.ts'
import { inNamespace } from './apply.ts'

const Volume = z.looseObject({
  projected: z.looseObject({ sources: z.array(z.looseObject({})) }).optional(),
})
const Pods = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        labels: z.record(z.string(), z.string()).default({}),
        deletionTimestamp: z.string().optional(),
      }),
      spec: z.object({
        nodeName: z.string().optional(),
        containers: z.array(z.object({ image: z.string() })),
        volumes: z.array(Volume).default([]),
      }),
      status: z.object({
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
      }),
    }),
  ),
})
export type Pod = {
  name: string
  service: string
  node: string | undefined
  image: string
  isReady: boolean
  hasToken: boolean
}

/** Those that are not on their way out; of one service, or of all. */
export async function podsOf(kubectl: Kubectl, service?: string): Promise<Pod[]> {
  const selector = service ? [`--selector=app.kubernetes.io/name=${service}`] : []
  const { items } = Pods.parse(await kubectl.json(['get', 'pods', ...inNamespace, ...selector]))
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata, spec, status }) => ({
      name: metadata.name,
      service: metadata.labels['app.kubernetes.io/name'] ?? '',
      node: spec.nodeName,
      image: spec.containers[0]?.image ?? '',
      isReady: status.conditions.some((one) => one.type === 'Ready' && one.status === 'True'),
      hasToken: spec.volumes.some(({ projected }) =>
        projected?.sources.some((source) => 'serviceAccountToken' in source),
      ),
    }))
}
