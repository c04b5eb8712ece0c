import type { Random } from '@flashsale/simulation/random.ts'
import type { Report } from '../drill/report.ts'
import type { World } from '../drill/scene.ts'
import { type Component, components, instancesOf, strike } from '../drill/strike.ts'
import type { Stack } from '../stack/stack.ts'

const betweenMs = { least: 20_000, most: 40_000 }
const firstAfterMs = 10_000
const feltForMs = 10_000 // after a blow at least so long, whatever is ready by then
export const calm = 'nothing'

type Deps = Pick<World, 'stack' | 'load' | 'say' | 'until' | 'pause'> & {
  report: Report
  random: Random
}

/** From the kill until the process answered again, drift was 0 and ten seconds had passed. */
export type Blow = { name: string; fromMs: number; toMs: number }

/** Kills one process after another, each of them in turn, until it is told to stop. */
export function startKills(deps: Deps) {
  const { random, pause, report } = deps
  const isOver = Promise.withResolvers<void>()
  const blows: Blow[] = []
  let during = calm
  let hasEnded = false

  async function killOnAndOn(): Promise<void> {
    let names: string[] = []
    await Promise.race([pause(firstAfterMs), isOver.promise])
    while (!hasEnded) {
      if (names.length === 0) names = random.shuffle(processesOf(deps.stack))
      const name = names.shift() as string
      const waitMs = random.between(betweenMs.least, betweenMs.most)
      const fromMs = performance.now()
      during = componentOf(name)
      await Promise.all([blow(deps, name), pause(feltForMs)])
      during = calm
      blows.push({ name, fromMs, toMs: performance.now() })
      const leftMs = fromMs + waitMs - performance.now()
      await Promise.race([pause(leftMs), isOver.promise])
    }
  }

  report.enter('kills')
  const running = killOnAndOn()
  return {
    during: () => during,
    blows,
    async stop(): Promise<void> {
      hasEnded = true
      isOver.resolve()
      await running
    },
  }
}

async function blow({ report, say, ...deps }: Deps, name: string): Promise<void> {
  const component = componentOf(name)
  const hit = async () => {
    deps.stack.kill(name)
    return undefined
  }
  try {
    await strike({ ...deps, report, say }, { component, way: 'killed', name, hit })
  } catch (error) {
    const why = `${name} killed: ${error instanceof Error ? error.message : error}`
    report.fail(why)
    say(`FAILED ${why}`)
  }
}

const componentOf = (name: string) => name.replace(/-\d+$/, '') as Component

/** All but the balancer: it stands for the load balancer that a cloud has. */
function processesOf(stack: Stack): string[] {
  return components.flatMap((component) => instancesOf(stack, component))
}
