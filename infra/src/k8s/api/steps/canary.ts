import assert from 'node:assert/strict'
import { z } from 'zod'
import type { Kubectl } from '../kubectl.ts'
import type { Step } from '../steps.ts'
import { inNamespace, untilRolledOut } from './apply.ts'
import { podsOf } from './pods.ts'

const Slices = z.object({
  items: z.array(
    z.object({
      endpoints: z
        .array(z.object({ targetRef: z.object({ name: z.string() }) }))
        .nullish()
        .transform((list) => list ?? []),
    }),
  ),
})
const Route = z.object({
  spec: z.object({
    rules: z.array(
      z.object({ backendRefs: z.array(z.object({ name: z.string(), weight: z.number() })) }),
    ),
  }),
})

export const canary: Step = {
  what: 'kubectl apply -k k8s/overlays/canary: two versions, each behind its own Service, a share for the new one',
  async run({ kubectl }) {
    await kubectl.done(['apply', '-k', 'k8s/overlays/canary'])
    await untilRolledOut(kubectl)
    const behind: Record<string, string[]> = {}
    for (const service of ['gateway', 'order', 'payment']) {
      const pods = await podsOf(kubectl, service)
      const versionOf = (name: string) =>
        pods
          .find((pod) => pod.name === name)
          ?.image.split(':')
          .at(-1) ?? 'gone'
      for (const track of [service, `${service}-canary`]) {
        const versions = (await endpointsOf(kubectl, track)).map(versionOf)
        behind[track] = [...new Set(versions)]
      }
    }
    const [stable, tried] = [['0.1.0'], ['0.2.0-rc.1']]
    assert.deepEqual(behind, {
      gateway: stable,
      'gateway-canary': tried,
      order: stable,
      'order-canary': tried,
      payment: stable,
      'payment-canary': tried,
    })
    const found = await kubectl.json(['get', 'httproute/gateway', ...inNamespace])
    const weights = Route.parse(found).spec.rules[0]?.backendRefs
    assert.deepEqual(weights, [
      { name: 'gateway', weight: 95 },
      { name: 'gateway-canary', weight: 5 },
    ])
    return { behind, weights }
  },
}

async function endpointsOf(kubectl: Kubectl, service: string): Promise<string[]> {
  const selector = `--selector=kubernetes.io/service-name=${service}`
  const found = await kubectl.json(['get', 'endpointslices', selector, ...inNamespace])
  return Slices.parse(found).items.flatMap(({ endpoints }) =>
    endpoints.map(({ targetRef }) => targetRef.name),
  )
}
