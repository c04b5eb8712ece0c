import assert from 'node:assert/strict'
import { waitUntil } from '../../../wait-until.ts'
import type { Kubectl } from '../kubectl.ts'
import type { Step } from '../steps.ts'
import { inNamespace, NAMESPACE } from './apply.ts'
import { podsOf } from './pods.ts'

const BACK_WITHIN_MS = 60_000

/** As `kubectl drain` asks for it. No node takes pods meanwhile, so that nothing replaces the first one. */
export const evictTwice: Step = {
  what: 'of two instances one may be evicted, the second is refused until there are two again',
  async run({ kubectl }) {
    const refusals: Record<string, string> = {}
    await cordon(kubectl, 'cordon')
    try {
      for (const service of ['gateway', 'inventory', 'order', 'payment']) {
        const [first, second] = await podsOf(kubectl, service)
        const [one, other] = [await evict(kubectl, first?.name), await evict(kubectl, second?.name)]
        assert.ok(one.ok, one.errors)
        assert.ok(!other.ok, `${service}: the second was evicted as well`)
        assert.match(other.errors, /disruption budget/)
        refusals[service] = other.errors.split('\n')[0] ?? ''
      }
    } finally {
      await cordon(kubectl, 'uncordon')
    }
    for (const service of Object.keys(refusals)) {
      const isBack = async () => (await podsOf(kubectl, service)).filter(isUp).length === 2
      await waitUntil(`two of ${service}`, isBack, BACK_WITHIN_MS)
    }
    return { refusals }
  },
}
const isUp = ({ isReady }: { isReady: boolean }) => isReady

const cordon = (kubectl: Kubectl, how: 'cordon' | 'uncordon') =>
  kubectl.done([how, '--selector=kubernetes.io/os=linux'])

function evict(kubectl: Kubectl, name = 'nobody') {
  const path = `/api/v1/namespaces/${NAMESPACE}/pods/${name}/eviction`
  const metadata = { name, namespace: NAMESPACE }
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata }
  return kubectl.tried(['create', `--raw=${path}`, '--filename=-'], JSON.stringify(body))
}

export const rolledBack: Step = {
  what: 'kubectl rollout undo: the instances of the release before are back',
  async run({ kubectl }) {
    await kubectl.done(['rollout', 'undo', 'deployment/order', ...inNamespace])
    await kubectl.done(['rollout', 'status', 'deployment/order', '--timeout=120s', ...inNamespace])
    const images = new Set((await podsOf(kubectl, 'order')).map(({ image }) => image))
    assert.deepEqual([...images], ['flashsale/order:0.1.0'])
    return { images: [...images] }
  },
}
