import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { structureFaults } from '../src/structure.ts'
import { temporaryFolder } from './fake-part.ts'

const header = '--[[ What is atomic. ]]\n'

/** A small checkout that keeps every rule, with some files put in or put over. */
function checkout(t: TestContext, files: Record<string, string>): string {
  const root = temporaryFolder(t)
  const clean = {
    'services/order/package.json': '{}',
    'services/order/src/main.ts': "import { a } from './app.ts'\na(process.env)\n",
    'services/order/src/app.ts': 'export const a = console.log\n',
    'services/order/src/config.ts': 'export const b = 1\n',
    'services/order/src/redis/give.lua': `${header}${'return 1\n'.repeat(60)}`,
    'services/order/test/order.test.ts': "test('it works', () => {})\n",
  }
  for (const [path, text] of Object.entries({ ...clean, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

const planted: Record<string, [path: string, text: string, fault: RegExp]> = {
  'a service that imports another by its name': [
    'services/order/src/http/a.ts',
    "import { hold } from '@flashsale/inventory/hold.ts'\n",
    /imports @flashsale\/inventory/,
  ],
  'a service that imports another by its path': [
    'services/order/src/http/a.ts',
    "const { hold } = await import('../../../inventory/src/hold.ts')\n",
    /imports \.\.\/\.\.\/\.\.\/inventory/,
  ],
  'a package that imports a service': [
    'packages/redis/src/a.ts',
    "export type { Hold } from '@flashsale/inventory/hold.ts'\n",
    /imports @flashsale\/inventory/,
  ],
  'a file other than main.ts that reads the environment': [
    'services/order/src/config.ts',
    "export const port = process['env'].PORT\n",
    /reads process\.env/,
  ],
  'a metric that is made without the registry': [
    'services/order/src/metrics.ts',
    `import { Counter } from '${'prom-client'}'\nnew Counter({ name: 'a', help: 'b' })\n`,
    /imports prom-client/,
  ],
  'a Lua script that is too long': [
    'services/order/src/redis/give.lua',
    `${header}${'return 1\n'.repeat(61)}`,
    /61 lines, at most 60/,
  ],
  'a Lua script without a header': [
    'services/order/src/redis/give.lua',
    'return 1\n',
    /no header comment/,
  ],
  'a test that is skipped': [
    'services/order/test/order.test.ts',
    `test.${'skip'}('it works', () => {})\n`,
    /marked skip/,
  ],
  'a test that shuts out the others': [
    'services/order/test/order.test.ts',
    `test('it works', { ${'only'}: true }, () => {})\n`,
    /marked only/,
  ],
}

for (const [what, [path, text, fault]] of Object.entries(planted)) {
  test(`the structure rules find ${what}`, (t) => {
    const faults = structureFaults(checkout(t, { [path]: text }))
    assert.equal(faults.length, 1, faults.join('\n'))
    assert.match(faults[0] ?? '', fault)
    assert.ok(faults[0]?.startsWith(path))
  })
}

test('the structure rules find a service without its three files', (t) => {
  const root = checkout(t, { 'services/payment/package.json': '{}' })
  const missing = ['main', 'app', 'config'].map((f) => `services/payment/src/${f}.ts is missing`)
  assert.deepEqual(structureFaults(root), missing)
})

test('the structure rules find nothing in a checkout that keeps them', (t) => {
  assert.deepEqual(structureFaults(checkout(t, {})), [])
})
