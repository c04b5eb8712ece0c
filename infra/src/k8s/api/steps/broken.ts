import assert from 'node:assert/strict'
import { type Document, documentsOf, render } from '../../render.ts'
import type { Step } from '../steps.ts'
import { inNamespace } from './apply.ts'

const APPLY = [
  'apply',
  '--server-side',
  '--validate=strict',
  '--dry-run=server',
  '--force-conflicts',
]

type Broken = { what: string; kind: string; broke(text: string): string; says: RegExp }
const all: Broken[] = [
  {
    what: 'a misspelt field',
    kind: 'Deployment',
    broke: (text) => text.replace('"readinessProbe"', '"readynessProbe"'),
    says: /unknown field|field not declared/,
  },
  {
    what: 'a selector that is not its pods',
    kind: 'Deployment',
    broke: (text) =>
      text.replace('"flashsale.dev/track":"stable"', '"flashsale.dev/track":"other"'),
    says: /selector/,
  },
  {
    what: 'fewer at most than at least',
    kind: 'HorizontalPodAutoscaler',
    broke: (text) => text.replace(/"maxReplicas":\d+/, '"maxReplicas":1'),
    says: /maxReplicas/,
  },
  {
    what: 'a budget that says two things',
    kind: 'PodDisruptionBudget',
    broke: (text) => text.replace('"maxUnavailable":1', '"maxUnavailable":1,"minAvailable":1'),
    says: /mutually exclusive|minAvailable/,
  },
]

export const brokenOnes: Step = {
  what: 'manifests with a fault are refused, each for its fault',
  async run({ kubectl }) {
    const documents = documentsOf(render('k8s/overlays/local'))
    const refusals: Record<string, string> = {}
    for (const { what, kind, broke, says } of all) {
      const whole = JSON.stringify(documents.find((one) => one.kind === kind))
      const broken = broke(whole)
      assert.notEqual(broken, whole, what)
      const { ok, errors } = await kubectl.tried([...APPLY, '--filename=-'], broken)
      assert.ok(!ok, `${what} was taken`)
      assert.match(errors, says)
      refusals[what] = errors.split('\n')[0] ?? ''
    }
    return { refusals }
  },
}

/** Pod security is a rule of the namespace: whoever writes the manifest. */
export const rootRefused: Step = {
  what: 'a pod that is root, or could become it, is refused by the namespace',
  async run({ kubectl }) {
    const pod: Document = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'as-root', namespace: 'flashsale', labels: {} },
      spec: {
        containers: [{ name: 'one', image: 'busybox:1', securityContext: { runAsUser: 0 } }],
      },
    }
    const create = ['create', '--filename=-', ...inNamespace]
    const { ok, errors } = await kubectl.tried(create, JSON.stringify(pod))
    assert.ok(!ok, 'it was taken')
    assert.match(errors, /violates PodSecurity "restricted/)
    return { refusal: errors.split('\n')[0] }
  },
}
