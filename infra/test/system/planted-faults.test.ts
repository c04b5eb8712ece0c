import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { type System, startSystem } from '@flashsale/test-kit/system.ts'
import { root } from '../../src/checkout.ts'
import { portsFrom } from '../../src/stack/ports.ts'
import { makeSettings } from '../../src/stack/settings.ts'
import { claim } from '../../src/supervisor/owner.ts'
import { setScene } from './fault-scene.ts'
import { faults } from './planted-faults.ts'
import { connectSql } from './sql.ts'

test('the audit finds each planted fault and names it', async (t) => {
  const system = await startSystem(t, { env: { gateway: { BUYER_BURST: '1000' } } })
  const databases = {
    ledger: await connectSql(t, system.dbUrls.inventory),
    orders: await connectSql(t, system.dbUrls.order),
    payments: await connectSql(t, system.dbUrls.payment),
  }
  const untouched = await setScene(t, system)
  const scenes = await Promise.all(faults.map(() => setScene(t, system)))

  for (const [i, { what, plant, names, lines = {} }] of faults.entries()) {
    await t.test(what, async () => {
      const scene = scenes[i]
      assert.ok(scene)
      const isToldSold = ({ sold }: { sold: number }) => sold === 1 // by an event, after its order was paid
      const { available, held, sold } = await scene.sale.settled(isToldSold) // exact until now
      assert.deepEqual([available, held, sold], [4, 1, 1])
      await plant(scene, databases)
      const books = await scene.sale.audit()
      assert.deepEqual(books.faults.map(({ name }) => name).sort(), names)
      assert.equal(books.exact, false)
      assert.deepEqual({ ...books, ...lines }, books)
    })
  }

  await t.test(
    './dev audit exits 1 for a sale that is not exact, and 0 for one that is',
    async () => {
      const audit = await auditCommand(t, system)
      const exact = await audit(untouched.sale.id)
      assert.deepEqual([exact.code, exact.books.exact], [0, true])
      // One that nobody mends: drift of Redis is rebuilt away as soon as it was seen twice (R10).
      const soldTwice = faults.findIndex(({ names }) => names.includes('unit-sold-twice'))
      const broken = await audit(scenes[soldTwice]?.sale.id ?? '')
      assert.deepEqual([broken.code, broken.books.exact], [1, false])
    },
  )
})

/** The command, told that this system is the one that is up. */
async function auditCommand(t: TestContext, { url, env }: System) {
  const states = await mkdtemp(join(tmpdir(), 'flashsale-audit-'))
  t.after(() => rm(states, { recursive: true }))
  const stateDir = join(states, 'up')
  claim(stateDir)
  const ports = { ...portsFrom(1_024), gateway: Number(new URL(url).port) }
  const { secrets } = makeSettings(stateDir, ports, {})
  secrets.jwt = env.gateway.JWT_SECRET ?? ''
  await writeFile(join(stateDir, 'settings.json'), JSON.stringify({ ports, external: {}, secrets }))

  return async (saleId: string) => {
    const args = ['infra/src/dev.ts', 'audit', saleId, '--json']
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, FLASHSALE_STATE_DIR: states },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
    return { code, books: JSON.parse(out) }
  }
}
