import type { Failpoint } from '@flashsale/service-kit/failpoint.ts'
import type { Service } from '../../parts/services.ts'
import type { World } from '../scene.ts'

const passesMax = 3
const struckWithinMs = 30_000

export type Place = {
  service: Service
  failpoint: Failpoint
  /** One of its first so many passes, 3 unless said otherwise. */
  passes?: number
}

/**
 * Stops whichever instance passes a failpoint next, lets the scene look at what is on record while it
 * stands there, and kills it there. True when it was seen to stand there.
 */
export async function killAt(
  world: World,
  { service, failpoint, passes = passesMax }: Place,
  look: (part: string) => Promise<void>,
): Promise<boolean> {
  const { stack, failpoints, report, random } = world
  const place = `a process of ${service} stands at "${failpoint}" when it is killed`
  failpoints.order(service, { failpoint, act: 'stop', after: random.between(1, passes) })
  const instance = await stoppedOne(world, { service, failpoint })
  report.claim(place, instance !== undefined, instance ?? 'nobody came by')
  if (instance === undefined) return false
  const part = partOf(instance)
  await world.strike({
    component: service,
    way: 'killed',
    name: part,
    async hit() {
      await look(part)
      stack.kill(part)
      return part
    },
  })
  return true
}

async function stoppedOne(
  world: World,
  { service, failpoint }: Pick<Place, 'service' | 'failpoint'>,
) {
  try {
    const what = `${service} to pass "${failpoint}"`
    const wait = { limitMs: struckWithinMs, what }
    const struck = await world.until(() => world.failpoints.struck(service), wait)
    return struck.instance
  } catch {
    return undefined
  } finally {
    world.failpoints.withdraw(service)
  }
}

/** The part of an instance: `inventory-1` is the process of the part `inventory-2`. */
export function partOf(instance: string): string {
  const [, service = instance, index = '0'] = /^(.*)-(\d+)$/.exec(instance) ?? []
  return index === '0' ? service : `${service}-${Number(index) + 1}`
}
