import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '@flashsale/simulation/random.ts'
import type { Deck } from '../src/drill/deck.ts'
import { playProgramme, playScene } from '../src/drill/play.ts'
import { createReport } from '../src/drill/report.ts'
import type { Scene, World } from '../src/drill/scene.ts'
import { partOf } from '../src/drill/scenes/stop-at.ts'

function emptyWorld() {
  const report = createReport()
  const world = { report, say: () => {}, pause: async () => {}, isOver: () => false }
  return { report, world: world as unknown as World }
}
const noCards: Deck = () => assert.fail('there was no time for a blow')
const scene = (name: string, run: Scene['run'] = async () => {}): Scene => ({ name, what: '', run })

test('a scene that breaks is told and does not stop the drill', async () => {
  const { world, report } = emptyWorld()
  await playScene(
    world,
    scene('first', async () => {
      throw new Error('nobody answered')
    }),
  )
  await playScene(
    world,
    scene('second', async ({ report: told }) => told.claim('it was seen', true)),
  )
  assert.deepEqual(report.failures, ['first: nobody answered'])
  assert.deepEqual(
    report.claims.map((claim) => claim.scene),
    ['second'],
  )
})

test('scenes for which no time was left fail the drill', async () => {
  const { world, report } = emptyWorld()
  const random = createRandom(1)
  const scenes = [scene('one'), scene('two')]
  await playProgramme({ world, scenes, deck: noCards, minutes: 1e-9, random })
  assert.equal(report.failures.length, 2)
  assert.match(report.failures.join(), /one was not played.*two was not played/)
})

test('an instance counts from 0, its part is named from 2 on', () => {
  const parts = ['order-0', 'order-1', 'inventory-2'].map(partOf)
  assert.deepEqual(parts, ['order', 'order-2', 'inventory-3'])
})
