import type { Stack } from '../stack/stack.ts'
import type { Report } from './report.ts'
import type { Blow, Struck, World } from './scene.ts'

export const components = [
  'gateway',
  'inventory',
  'order',
  'payment',
  'bank',
  'redis',
  'postgres',
  'kafka',
] as const
export type Component = (typeof components)[number]

/**
 * `killed`: SIGKILL. `frozen`: SIGSTOP for seconds. `promoted`: killed, and its copy took over.
 * `restored`: killed, and set back by its backup. `restarted`: SIGTERM, and started again once it ended.
 */
export const ways = [
  'killed',
  'frozen',
  'cut off',
  'slowed',
  'emptied',
  'promoted',
  'restored',
  'restarted',
] as const
export type Way = (typeof ways)[number]

const answersWithinMs = 60_000
const driftZeroWithinMs = 60_000

/** Names of the instances of a component: `gateway`, `gateway-2`. */
export function instancesOf(stack: Stack, component: Component): string[] {
  if (component === 'redis') return [stack.redisMaster()] // its copy serves nobody
  const form = new RegExp(`^${component}(-\\d+)?$`)
  const names = stack.status().map(({ name }) => name)
  return names.filter((name) => form.test(name))
}

type Deps = Pick<World, 'stack' | 'load' | 'say' | 'until'> & { report: Report }

/** Strikes, waits until the component answers again, and reads drift until it is 0. */
export async function strike(world: Deps, blow: Blow): Promise<Struck> {
  const { report } = world
  report.begin(blow.component)
  try {
    return await measured(world, blow)
  } finally {
    report.over(blow.component)
  }
}

async function measured(world: Deps, blow: Blow): Promise<Struck> {
  const { stack, load, report, say } = world
  const { component, way } = blow
  const lostBefore = load.lostAnswers()
  const begunAt = performance.now()
  const name = (await blow.hit()) || blow.name || component
  await blow.heal?.()
  const healedAt = performance.now()
  await stack.waitReady(name, answersWithinMs)
  const answeredAt = performance.now()
  await driftZero(world, `drift 0 after ${name} was ${way}`)
  const struck = {
    answersLost: load.lostAnswers() - lostBefore,
    awayMs: Math.round(healedAt - begunAt),
    answersAfterMs: Math.round(answeredAt - healedAt),
    driftZeroAfterMs: Math.round(performance.now() - answeredAt),
  }
  report.struck({ ...struck, component, way, name })
  say(`${name} ${way}: ${inWords(struck)}`)
  return struck
}

/** Every open sale, or the last one where none is, has been read with drift 0, all else exact too. */
export async function driftZero({ load, until }: Pick<World, 'load' | 'until'>, what: string) {
  for (const sale of new Set([...load.open(), ...load.sales().slice(-1)])) {
    await until(
      async () => {
        const audit = await sale.audit()
        return audit?.drift === 0 && audit.exact
      },
      { limitMs: driftZeroWithinMs, what: `${what} in ${sale.id}` },
    )
  }
}

function inWords({ awayMs, answersAfterMs, driftZeroAfterMs, answersLost }: Struck): string {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
  const away = awayMs >= 100 ? `away ${seconds(awayMs)}, ` : ''
  const lost = answersLost > 0 ? `, ${answersLost} answers lost` : ''
  const after = `answers after ${seconds(answersAfterMs)}, drift 0 after ${seconds(driftZeroAfterMs)}`
  return `${away}${after}${lost}`
}
