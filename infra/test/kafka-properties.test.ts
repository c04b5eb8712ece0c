import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../src/checkout.ts'
import { kafkaProperties } from '../src/parts/kafka-properties.ts'

const files = ['docker-compose.yml', 'k8s/components/stores/kafka.yaml']
const short = ['offsets.topic.segment.bytes', 'log.cleaner.min.cleanable.ratio']

test('Kafka keeps a short log of offsets in compose and in a local cluster as it does here', () => {
  const here = kafkaProperties('log', 0, [{ port: 1, controllerPort: 2 }])
  for (const name of short) {
    const value = new RegExp(`^${name}=(\\S+)$`, 'm').exec(here)?.[1]
    assert.ok(value, name)
    const setting = `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`
    for (const file of files) {
      const text = readFileSync(join(root, file), 'utf8')
      assert.match(text, new RegExp(`${setting}(: |, value: )"${value}"`), file)
    }
  }
})
