import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '@flashsale/simulation/random.ts'
import { createDeck } from '../src/drill/deck.ts'
import { dueScenes, programmeOf } from '../src/drill/programme.ts'
import type { Scene } from '../src/drill/scene.ts'
import { components } from '../src/drill/strike.ts'

const cardsOf = (seed: number, count: number) => {
  const next = createDeck(createRandom(seed))
  return Array.from({ length: count }, next)
}

test('the same seed gives the same blows, another seed others', () => {
  assert.deepEqual(cardsOf(7, 60), cardsOf(7, 60))
  assert.notDeepEqual(cardsOf(7, 60), cardsOf(8, 60))
})

test('ten rounds of blows kill each component ten times, and freeze each at least once', () => {
  const cards = cardsOf(1, 100)
  for (const component of components) {
    const times = (way: string) =>
      cards.filter((card) => card.component === component && card.way === way).length
    assert.equal(times('killed'), 10)
    assert.ok(times('frozen') >= 1)
  }
})

test('what has a proxy is cut off and slowed in turn', () => {
  const lines = cardsOf(1, 60).filter(({ way }) => way === 'cut off' || way === 'slowed')
  const kinds = new Set(lines.map(({ component, way }) => `${component} ${way}`))
  assert.equal(lines.length, 6)
  assert.equal(kinds.size, 6)
})

const scene = (name: string, loses = false): Scene => ({
  name,
  what: '',
  loses,
  run: async () => {},
})
const scenes = [scene('a'), scene('b'), scene('lost 1', true), scene('lost 2', true)]

test('a run of eighteen minutes plays every scene, and loses writes of Redis at least ten times', () => {
  const played = programmeOf(scenes, 18, createRandom(1))
  const times = (name: string) => played.filter((one) => one.name === name).length
  assert.deepEqual([times('a'), times('b')], [1, 1])
  assert.ok(times('lost 1') + times('lost 2') >= 10)
  assert.ok(Math.abs(times('lost 1') - times('lost 2')) <= 1)
})

test('a short run still plays every scene once', () => {
  const names = programmeOf(scenes, 1, createRandom(1)).map(({ name }) => name)
  assert.deepEqual(names.sort(), ['a', 'b', 'lost 1', 'lost 2'])
})

test('scenes are spread over the time, and none is left when it is over', () => {
  assert.equal(dueScenes(10, 0), 1)
  assert.equal(dueScenes(10, 0.5), 6)
  assert.equal(dueScenes(10, 1), 10)
})
