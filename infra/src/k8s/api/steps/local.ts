import assert from 'node:assert/strict'
import type { Step } from '../steps.ts'
import { inNamespace, untilRolledOut } from './apply.ts'
import { podsOf } from './pods.ts'

/** The contract's own command. */
export const applyLocal: Step = {
  what: 'kubectl apply -k k8s/overlays/local: everything is rolled out, jobs are done',
  async run({ kubectl }) {
    const { ok, errors } = await kubectl.tried(['apply', '-k', 'k8s/overlays/local'])
    assert.ok(ok, errors)
    assert.equal(errors, '', 'a warning is a fault')
    return { parts: await untilRolledOut(kubectl) }
  },
}

/** By the scheduler that is Kubernetes' own: machines are made up, where pods go is not. */
export const spread: Step = {
  what: 'instances of a service are on different nodes, and in both zones',
  async run({ kubectl }) {
    const places: Record<string, string[]> = {}
    for (const service of ['gateway', 'inventory', 'order', 'payment']) {
      await kubectl.done([
        'wait',
        '--for=jsonpath={.status.readyReplicas}=2', // the HPA's least, which its controller keeps to
        '--timeout=60s',
        `deployment/${service}`,
        ...inNamespace,
      ])
      const nodes = (await podsOf(kubectl, service)).map(({ node }) => node ?? 'nowhere')
      assert.equal(new Set(nodes).size, 2, `${service}: ${nodes}`)
      assert.equal(new Set(nodes.map((node) => node.slice(0, 'zone-a'.length))).size, 2, service)
      places[service] = nodes
    }
    return { places }
  },
}

/** What a stolen pod could do to the cluster. */
export const noTokens: Step = {
  what: 'no pod of a service has a token, and its account may do nothing',
  async run({ kubectl }) {
    const pods = await podsOf(kubectl)
    const withToken = pods.filter(({ hasToken }) => hasToken).map(({ service }) => service)
    assert.deepEqual([...new Set(withToken)], ['make-secrets'])
    for (const account of ['gateway', 'inventory', 'order', 'payment', 'make-secrets']) {
      const asked = ['auth', 'can-i', 'list', 'secrets', ...inNamespace]
      const as = `--as=system:serviceaccount:flashsale:${account}`
      const { output } = await kubectl.tried([...asked, as])
      assert.equal(output.trim(), 'no', account)
    }
    return { pods: pods.length }
  },
}
