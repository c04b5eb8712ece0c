import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { root } from '../src/checkout.ts'
import { bundle } from '../src/images/bundle.ts'
import { imageServices, packageOf, programsOf, threadsOf } from '../src/images/image-services.ts'

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'flashsale-image-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

/** Of a workspace package and of all that it uses of ours: what `pnpm deploy` brings along. */
function packagesOf(name: string, known = new Set<string>()): Set<string> {
  const short = name.replace('@flashsale/', '')
  const folder = ['services', 'packages'].find((one) => existsSync(join(root, one, short)))
  const file = join(root, folder ?? '', short, 'package.json')
  for (const dependency of Object.keys(JSON.parse(readFileSync(file, 'utf8')).dependencies)) {
    if (known.has(dependency)) continue
    known.add(dependency)
    if (dependency.startsWith('@flashsale/')) packagesOf(dependency, known)
  }
  return known
}
const nameOf = (path: string) =>
  path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/')

for (const service of imageServices) {
  test(`the image of ${service} has ours in one file a program, and asks only for packages it has`, async (t) => {
    const out = folderOf(t)
    const asked = await bundle(service, out)
    const others = asked.filter(
      (path) => !path.startsWith('node:') && !builtinModules.includes(path),
    )
    assert.ok(others.includes('fastify'), 'what others made is not in the file')
    const has = packagesOf(packageOf(service))
    assert.deepEqual(
      others.map(nameOf).filter((name) => !has.has(name)),
      [],
    )
    for (const program of Object.keys(programsOf(service))) {
      const code = readFileSync(join(out, `${program}.js`), 'utf8')
      assert.ok(code.length > 1_000)
      assert.doesNotMatch(code, /from ['"]@flashsale\//)
    }
  })
}

test('an image has the commands of its service, and what a cluster runs beside them', () => {
  const programs = Object.fromEntries(
    imageServices.map((service) => [service, Object.keys(programsOf(service)).toSorted()]),
  )
  assert.deepEqual(programs, {
    gateway: ['main', 'prewarm'],
    inventory: ['books-reader', 'main', 'migrate', 'recover'],
    order: ['contract', 'main', 'migrate', 'recover'],
    payment: ['main', 'migrate', 'recover'],
    bank: ['main', 'make-secrets'],
  })
})

test('a file that a module reads beside itself is where the module looks for it', async (t) => {
  const out = folderOf(t)
  await bundle('inventory', out)
  const code = readFileSync(join(out, 'main.js'), 'utf8')
  const places = [...code.matchAll(/new URL\("([^"]+)", import\.meta\.url\)\.href/g)]
  assert.ok(places.length > 5)
  for (const file of [
    'services/inventory/src/redis/reserve.lua',
    'services/inventory/src/redis/decide-attempt.lua',
    'services/inventory/migrations/0001-ledger.sql',
    'packages/messaging/migrations/0001-messaging.sql',
    'packages/locks/src/grant-lease.lua',
    'packages/locks/grants.sql',
    'packages/service-kit/grants.sql',
    'services/inventory/grants.sql',
  ]) {
    assert.equal(readFileSync(join(out, file), 'utf8'), readFileSync(join(root, file), 'utf8'))
  }
  assert.ok(places.some(([, place]) => place === 'services/inventory/src/redis/stock-script.ts'))
})

test('a thread that a service begins by the place of its source is found there', async (t) => {
  const out = folderOf(t)
  await bundle('inventory', out)
  const [[name, place] = ['', '']] = Object.entries(threadsOf('inventory'))
  const source = readFileSync(join(root, 'services/inventory/src/audit/books-reader.ts'), 'utf8')
  const begun = /new URL\('([^']+)', import\.meta\.url\)/.exec(source)?.[1] ?? ''
  assert.equal(join('services/inventory/src/audit', begun), place)
  const leadsTo = /^import '(.+)'\n$/.exec(readFileSync(join(out, place), 'utf8'))?.[1] ?? ''
  assert.equal(join(dirname(join(out, place)), leadsTo), join(out, `${name}.js`))
  assert.ok(existsSync(join(out, `${name}.js`)))
})
