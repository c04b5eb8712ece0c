import { z } from 'zod'
import type { Kubectl } from '../kubectl.ts'

export const NAMESPACE = 'flashsale'
export const inNamespace = ['--namespace', NAMESPACE]
const WITHIN = '--timeout=150s'
const TIMED = 'prewarm-' // comes and goes with the minute

const Names = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) })

export async function applyAll(kubectl: Kubectl, documents: object[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: documents }
  await kubectl.done(['apply', '--filename=-'], JSON.stringify(list))
}

export async function namesOf(kubectl: Kubectl, kind: string): Promise<string[]> {
  const { items } = Names.parse(await kubectl.json(['get', kind, ...inNamespace]))
  return items.map(({ metadata }) => metadata.name)
}

/** Every Deployment and StatefulSet at its present revision, every Job at its end. */
export async function untilRolledOut(kubectl: Kubectl): Promise<string[]> {
  const parts: string[] = []
  for (const kind of ['deployment', 'statefulset']) {
    for (const name of await namesOf(kubectl, kind)) {
      const part = `${kind}/${name}`
      await kubectl.done(['rollout', 'status', part, WITHIN, ...inNamespace])
      parts.push(part)
    }
  }
  const jobs = (await namesOf(kubectl, 'job')).filter((name) => !name.startsWith(TIMED))
  for (const name of jobs) {
    await kubectl.done(['wait', '--for=condition=complete', WITHIN, `job/${name}`, ...inNamespace])
    parts.push(`job/${name}`)
  }
  return parts
}
