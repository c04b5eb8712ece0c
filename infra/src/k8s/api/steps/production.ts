import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import type { ControlPlane } from '../control-plane.ts'
import { runProgram } from '../run-program.ts'
import type { Step } from '../steps.ts'
import { inNamespace, NAMESPACE, untilRolledOut } from './apply.ts'

const LEAD_SECONDS = 900
const Ran = z.object({
  want: z.string(),
  changed: z.array(z.object({ name: z.string(), from: z.number(), to: z.number() })),
})

export const applyProduction: Step = {
  what: 'kubectl apply -k k8s/overlays/production on an empty namespace: rolled out',
  async run({ kubectl }) {
    await kubectl.done(['delete', 'namespace', NAMESPACE, '--timeout=120s'])
    const { ok, errors } = await kubectl.tried(['apply', '-k', 'k8s/overlays/production'])
    assert.ok(ok, errors)
    return { parts: await untilRolledOut(kubectl) }
  },
}

/** The real program, account and controllers; only the gateway that is asked for its sales is made up. */
export const prewarm: Step = {
  what: 'prewarm, with its own account: instances are there before a sale opens, and may go after it',
  async run(plane) {
    const { kubectl } = plane
    const soon = await prewarmWith(plane, [saleIn(LEAD_SECONDS - 60)])
    assert.equal(soon.want, 'warm')
    const changed = soon.changed.map(({ name, from, to }) => `${name}: ${from} to ${to}`)
    assert.deepEqual(changed.toSorted(), [
      'gateway: 3 to 10',
      'inventory: 2 to 4',
      'order: 2 to 4',
      'payment: 2 to 4',
    ])
    for (const [name, count] of Object.entries({ gateway: 10, inventory: 4 })) {
      const ready = `--for=jsonpath={.status.readyReplicas}=${count}`
      await kubectl.done(['wait', ready, '--timeout=90s', `deployment/${name}`, ...inNamespace])
    }
    assert.deepEqual((await prewarmWith(plane, [saleIn(LEAD_SECONDS - 60)])).changed, [])
    const later = await prewarmWith(plane, [saleIn(LEAD_SECONDS + 3_600)])
    assert.equal(later.want, 'calm')
    assert.equal(later.changed.length, changed.length)
    for (const [verb, what] of [
      ['patch', 'deployments/gateway'],
      ['patch', 'horizontalpodautoscalers/other'],
      ['get', 'secrets'],
    ] as const) {
      const as = `--as=system:serviceaccount:${NAMESPACE}:prewarm`
      const { output } = await kubectl.tried(['auth', 'can-i', verb, what, as, ...inNamespace])
      assert.equal(output.trim(), 'no', `${verb} ${what}`)
    }
    return { changed }
  },
}

const saleIn = (seconds: number) => ({
  state: 'scheduled',
  opensAt: new Date(Date.now() + seconds * 1000).toISOString(),
})

async function prewarmWith(plane: ControlPlane, sales: object[]) {
  const gateway = createServer((_request, response) => response.end(JSON.stringify({ sales })))
  gateway.listen(0, '127.0.0.1')
  await once(gateway, 'listening')
  const { port } = gateway.address() as AddressInfo
  const env = {
    GATEWAY_URL: `http://127.0.0.1:${port}`,
    LEAD_SECONDS: String(LEAD_SECONDS),
    KEEP_SECONDS: '600',
  }
  try {
    const program = { file: 'infra/src/prewarm/main.ts', account: 'prewarm', env }
    return Ran.parse(await runProgram(plane, program))
  } finally {
    gateway.close()
  }
}
