import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { root } from '../checkout.ts'
import { findOnPath } from '../parts/find-on-path.ts'
import { PlainError } from '../plain-error.ts'

const TIMEOUT_MS = 60_000

export const overlays = ['local', 'production', 'canary'] as const
export type Overlay = (typeof overlays)[number]

/** All that is applied by `kubectl apply -k`: the overlays, and what stands in for a provider's stores. */
export const folders = [...overlays.map((name) => `k8s/overlays/${name}`), 'k8s/operators']

export const Document = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
})
export type Document = z.infer<typeof Document>

export const kubectlProgram = () => findOnPath('kubectl')

/** What would be applied, as kubectl's own kustomize makes it. */
export function render(folder: string): string {
  const kubectl = kubectlProgram()
  if (!kubectl)
    throw new PlainError('kubectl is missing: it is in most packages as kubernetes-client')
  return execFileSync(kubectl, ['kustomize', join(root, folder)], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  })
}

export function documentsOf(yaml: string): Document[] {
  return parseAllDocuments(yaml).map((one) => Document.parse(one.toJS()))
}
