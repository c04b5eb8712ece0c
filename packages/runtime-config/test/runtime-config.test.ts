import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metricsText } from '@flashsale/service-kit/metric.ts'
import { createRuntimeConfig } from '../src/runtime-config.ts'

function testConfig() {
  const errors: object[] = []
  const log = {
    debug() {},
    info() {},
    warn() {},
    error: (facts: object) => void errors.push(facts),
  }
  return { config: createRuntimeConfig(log), errors }
}
const readOnly = (on: boolean) => ({ switches: { readOnly: on } })
const metric = async (name: string) =>
  Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await metricsText())?.[1])

test('a higher version is in force at once, and everyone who listens is told; a lower one is no news', async () => {
  const { config } = testConfig()
  const told: boolean[] = []
  const forget = config.onChange((after, before) => {
    told.push(before.switches.readOnly, after.switches.readOnly)
  })
  assert.equal(config.current().switches.readOnly, false)
  config.learn({ version: 5, document: readOnly(true) })
  assert.equal(await metric('config_version'), 5)
  config.learn({ version: 5, document: readOnly(false) })
  config.learn({ version: 4, document: readOnly(false) })
  assert.deepEqual([config.version(), config.current().switches.readOnly], [5, true])
  assert.deepEqual(told, [false, true])
  forget()
  config.learn({ version: 6, document: readOnly(false) })
  assert.deepEqual([config.version(), config.current().switches.readOnly], [6, false])
  assert.deepEqual(told, [false, true])
})

test('what can’t be read is refused once, and the last good one is kept', async () => {
  const { config, errors } = testConfig()
  const before = await metric('config_refused_total')
  config.learn({ version: 5, document: readOnly(true) })
  for (let i = 0; i < 3; i++) config.learn({ version: 6, document: { switches: { readOnly: 5 } } })
  assert.deepEqual([config.version(), config.current().switches.readOnly], [5, true])
  assert.equal(await metric('config_version'), 5)
  assert.equal(errors.length, 1)
  for (const odd of [undefined, 'x', {}, { version: 'x', document: {} }, { version: 9 }]) {
    config.learn(odd)
  }
  assert.equal(errors.length, 2)
  assert.equal(await metric('config_refused_total'), before + 2)
  config.learn({ version: 7, document: readOnly(false) })
  assert.deepEqual([config.version(), config.current().switches.readOnly], [7, false])
})
