import assert from 'node:assert/strict'
import { test } from 'node:test'
import { databaseTables, documentedTables } from '@flashsale/test-kit/schema-document.ts'
import { testOrders } from './test-orders.ts'

test('schema.prisma says what the migrations made', async (t) => {
  const { url } = await testOrders(t)
  const documented = await documentedTables(new URL('../prisma/schema.prisma', import.meta.url))
  assert.deepEqual(Object.keys(documented), ['orders'])
  assert.deepEqual(documented, await databaseTables(url, ['orders']))
})
