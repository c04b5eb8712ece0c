import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hotFigures } from '../../src/bench/hot-figures.ts'
import type { Sample } from '../../src/bench/hot-path.ts'
import { readBenchOptions } from '../../src/bench/options.ts'
import { mainThreadUsIn, scriptUsIn } from '../../src/bench/redis-cost.ts'
import { floorName, wName } from '../../src/bench/reference-variants.ts'
import { UsageError } from '../../src/plain-error.ts'

test('ratios are of the same round, and what is missed is named', () => {
  const measurements = [
    {
      name: floorName,
      aims: {},
      samples: [sample(1_000, 30), sample(100, 300), sample(10, 3_000)],
    },
    { name: wName, aims: {}, samples: [sample(100, 200), sample(10, 2_000), sample(1, 20_000)] },
    {
      name: 'ours',
      aims: { rate: 0.5, cpu: 2.2, rateOfW: 4 },
      samples: [sample(450, 60), sample(45, 600), sample(5, 6_000)],
    },
  ]
  const [floor, , ours] = hotFigures(measurements)
  assert.deepEqual(floor?.rate, { median: 1, low: 1, high: 1 })
  assert.deepEqual(ours?.rate, { median: 0.45, low: 0.45, high: 0.5 })
  assert.equal(ours?.cpu.median, 2)
  assert.equal(ours?.rateOfW?.median, 4.5)
  assert.deepEqual(ours?.missed, ['rate'])
  assert.deepEqual(ours?.others, { 503: 6 })
  assert.equal(ours?.redisUs, undefined)
})

test('only scripts count as time of Redis, and what they call is not counted again', () => {
  const info = [
    '# Commandstats',
    'cmdstat_evalsha:calls=12,usec=345,usec_per_call=28.75,rejected_calls=0,failed_calls=0',
    'cmdstat_eval:calls=1,usec=55,usec_per_call=55.00,rejected_calls=0,failed_calls=0',
    'cmdstat_hset:calls=99,usec=1000,usec_per_call=10.10,rejected_calls=0,failed_calls=0',
  ]
  assert.equal(scriptUsIn(info.join('\r\n')), 400)
  const cpu = [
    'used_cpu_user:9.5',
    'used_cpu_sys_main_thread:0.25',
    'used_cpu_user_main_thread:1.5',
  ]
  assert.equal(mainThreadUsIn(cpu.join('\r\n')), 1_750_000)
})

test('options: all parts or some, and nothing that is not there', () => {
  assert.deepEqual(readBenchOptions(['--quick', '--only', 'hot,road']), {
    quick: true,
    json: undefined,
    sections: ['hot', 'road'],
  })
  assert.equal(readBenchOptions([]).quick, false)
  assert.throws(() => readBenchOptions(['--only', 'hots']), UsageError)
  assert.throws(() => readBenchOptions(['--json', '/nowhere/at/all.json']), UsageError)
})

function sample(perSecond: number, cpuUs: number): Sample {
  const rest = { answers: 1, cpuUsBy: {}, p50Ms: 1, p99Ms: 2, generatorBusy: 0.3 }
  return { perSecond, cpuUs, ...rest, others: { 503: 2 } }
}
