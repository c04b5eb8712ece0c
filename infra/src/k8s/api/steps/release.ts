import assert from 'node:assert/strict'
import { z } from 'zod'
import { render } from '../../render.ts'
import type { Kubectl } from '../kubectl.ts'
import type { Step } from '../steps.ts'
import { inNamespace, namesOf, untilRolledOut } from './apply.ts'
import { podsOf } from './pods.ts'

const [OLD, NEW] = ['0.1.0', '0.1.1']
const inNames = (version: string) => version.replaceAll('.', '-')
const LEAST = 2
const Deployment = z.object({ status: z.object({ availableReplicas: z.number().default(0) }) })

/** Another version of everything: what a change of components/versions does. */
export const nextRelease: Step = {
  what: 'the next release: jobs of its own, and never fewer instances than before',
  async run({ kubectl }) {
    const old = render('k8s/overlays/local')
    const yaml = old.replaceAll(OLD, NEW).replaceAll(inNames(OLD), inNames(NEW))
    await kubectl.done(['apply', '--filename=-'], yaml)
    let [looks, least] = [0, Number.POSITIVE_INFINITY]
    const rolled = untilRolledOut(kubectl)
    const isOver = rolled.then(() => true)
    while (!(await Promise.race([isOver, availableOf(kubectl).then(count)]))) {}
    function count(available: number) {
      looks++
      least = Math.min(least, available)
      return false
    }
    await rolled
    assert.ok(looks > 0)
    assert.ok(least >= LEAST, `there were ${least} orders only`)
    const jobs = (await namesOf(kubectl, 'job')).filter((name) => name.startsWith('migrate-'))
    const wanted = ['inventory', 'order', 'payment'].flatMap((service) =>
      [OLD, NEW].map((version) => `migrate-${service}-${inNames(version)}`),
    )
    assert.deepEqual(jobs.toSorted(), wanted.toSorted())
    const images = new Set((await podsOf(kubectl, 'order')).map(({ image }) => image))
    assert.deepEqual([...images], [`flashsale/order:${NEW}`])
    return { jobs, looks, fewestAvailable: least }
  },
}

async function availableOf(kubectl: Kubectl): Promise<number> {
  const found = await kubectl.json(['get', 'deployment/order', ...inNamespace])
  return Deployment.parse(found).status.availableReplicas
}
