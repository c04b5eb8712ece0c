import { z } from 'zod'
import {
  type Document,
  documentsOf,
  kubectlProgram,
  type Overlay,
  overlays,
  render,
} from '../../src/k8s/render.ts'

/** False, and says so, where there is nothing that could render the manifests. */
export function canRender(): boolean {
  if (kubectlProgram()) return true
  console.error('kubectl is missing: nothing of k8s/ is tested')
  return false
}

const rendered = new Map<string, Document[]>()
export function documentsIn(folder: string): Document[] {
  const documents = rendered.get(folder) ?? documentsOf(render(folder))
  rendered.set(folder, documents)
  return documents
}
export const ofOverlay = (overlay: Overlay) => documentsIn(`k8s/overlays/${overlay}`)
export const everyOverlay = () =>
  overlays.map((overlay) => ({ overlay, documents: ofOverlay(overlay) }))

const Labels = z.record(z.string(), z.string()).default({})
const Probe = z.looseObject({
  httpGet: z.object({ path: z.string() }).optional(),
  periodSeconds: z.number().default(10),
  failureThreshold: z.number().default(3),
})
const Resources = z.object({ cpu: z.string(), memory: z.string() })
const Container = z.looseObject({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).default([]),
  startupProbe: Probe.optional(),
  readinessProbe: Probe.optional(),
  livenessProbe: Probe.optional(),
  lifecycle: z
    .object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) })
    .optional(),
  resources: z.object({ requests: Resources, limits: Resources }),
  securityContext: z.looseObject({
    allowPrivilegeEscalation: z.boolean(),
    readOnlyRootFilesystem: z.boolean().default(false),
    capabilities: z.object({ drop: z.array(z.string()) }),
  }),
})
export type Container = z.infer<typeof Container>
const Pod = z.object({
  metadata: z.object({ labels: Labels }),
  spec: z.looseObject({
    serviceAccountName: z.string(),
    automountServiceAccountToken: z.boolean(),
    terminationGracePeriodSeconds: z.number().default(30),
    securityContext: z.looseObject({
      runAsNonRoot: z.boolean(),
      runAsUser: z.number(),
      seccompProfile: z.object({ type: z.string() }),
    }),
    topologySpreadConstraints: z
      .array(z.looseObject({ topologyKey: z.string(), matchLabelKeys: z.array(z.string()) }))
      .default([]),
    initContainers: z.array(Container).default([]),
    containers: z.array(Container),
  }),
})
export type Workload = { kind: string; name: string; pod: z.infer<typeof Pod>; spec: Document }

const KINDS = ['Deployment', 'StatefulSet', 'Job', 'CronJob']
const Spec = z.object({ spec: z.object({ template: Pod }) })
const Timed = z.object({ spec: z.object({ jobTemplate: Spec }) })

/** Whatever makes pods. */
export function workloadsOf(documents: Document[]): Workload[] {
  return documents
    .filter(({ kind }) => KINDS.includes(kind))
    .map((document) => {
      const { kind, metadata } = document
      const own = kind === 'CronJob' ? Timed.parse(document).spec.jobTemplate : Spec.parse(document)
      return { kind, name: metadata.name, pod: own.spec.template, spec: document }
    })
}
export const deploymentsOf = (documents: Document[]) =>
  workloadsOf(documents).filter(({ kind }) => kind === 'Deployment')

/** True when all of `selector` is on the pod. */
export const matches = (selector: Record<string, string>, labels: Record<string, string>) =>
  Object.entries(selector).every(([key, value]) => labels[key] === value)
