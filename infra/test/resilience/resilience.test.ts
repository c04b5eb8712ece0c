import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { diff } from 'node:util'
import { ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { servers } from '@flashsale/test-kit/servers.ts'
import { startSystem } from '@flashsale/test-kit/system.ts'
import { root } from '../../src/checkout.ts'
import { startProxy } from '../../src/proxy/proxy.ts'
import { ownKafka } from '../system/own-kafka.ts'
import { actAll, endAll, setStage } from './actions.ts'
import { documentOf, type Played, unexplained, WRITE } from './document.ts'
import { scenes, type World } from './scenes.ts'

const FILE = 'docs/resilience.md'
const TWICE = ['inventory', 'order', 'payment'] as const

test('docs/resilience.md says what each call answers while each dependency is away', async (t) => {
  const world = await startWorld(t)
  const stage = await setStage(world.system, 0)
  const calm = await actAll(stage, false)
  t.diagnostic(`calm day: ${await endAll(stage)}`)

  const played: Played[] = []
  for (const [i, scene] of scenes.entries()) {
    const startedAtMs = performance.now()
    const stage = await setStage(world.system, i + 1)
    await scene.stop(world)
    const answers = await actAll(stage, scene.ordersWait === true)
    await scene.start(world)
    played.push({ scene, answers, ends: await endAll(stage) })
    t.diagnostic(`${scene.name}: ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`)
  }
  const seen = documentOf(calm, played)
  if (process.env.FLASHSALE_WRITE_DOCS) await writeFile(join(root, FILE), seen)
  const written = await readFile(join(root, FILE), 'utf8').catch(() => '')
  assert.ok(written === seen, `${FILE} differs from this run (${WRITE}):\n${lines(written, seen)}`)
  assert.deepEqual(unexplained(calm, played), [], 'notes.ts has to say why')
})

async function startWorld(t: TestContext): Promise<World> {
  const postgres = await startProxy({ target: Number(new URL(servers.postgresUrl()).port) })
  t.after(() => postgres.close())
  const [redis, kafka] = await Promise.all([ownRedis(t), ownKafka(t)])
  const toRedis = { REDIS_URL: redis.url }
  const toKafka = { KAFKA_BROKERS: kafka.brokers }
  const env = {
    gateway: toRedis,
    inventory: { ...toRedis, ...toKafka },
    order: toKafka,
    payment: toKafka,
  }
  const system = await startSystem(t, { env, twice: TWICE, postgresPort: postgres.port })
  return { system, redis, kafka, postgres }
}

/** What only the file has, and what only the run saw, each behind the heading it stands under. */
function lines(written: string, seen: string): string {
  const told: string[] = []
  let heading = ''
  for (const [side, line] of diff(written.split('\n'), seen.split('\n'))) {
    if (line.startsWith('#')) heading = line
    if (side === 0) continue
    if (!told.includes(heading)) told.push(heading)
    told.push(`${side < 0 ? 'seen' : 'file'}: ${line}`)
  }
  return told.join('\n')
}
