import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeSecrets } from '../../src/make-secrets/make-secrets.ts'
import { secretKeeper } from './secrets.ts'

const ASKED_BY_A_RUN = 8

test('secrets are made once: a second run changes none', async () => {
  const { cluster, kept } = secretKeeper()
  const made = await makeSecrets(cluster)
  assert.deepEqual(made.toSorted(), [...kept.keys()].toSorted())
  const before = structuredClone([...kept])
  assert.deepEqual(await makeSecrets(cluster), [])
  assert.deepEqual([...kept], before)
})

for (let at = 1; at <= ASKED_BY_A_RUN; at++) {
  test(`a run that broke at its call ${at} is ended by the next: passwords agree on both sides`, async () => {
    let isBroken = true
    const { cluster, kept } = secretKeeper((asked) => isBroken && asked === at)
    await assert.rejects(makeSecrets(cluster), /500 it broke/)
    isBroken = false
    await makeSecrets(cluster)
    const passwordOf = (name: string) => new URL(kept.get(name)?.DATABASE_URL ?? '').password
    for (const name of ['inventory', 'order', 'payment']) {
      const given = kept.get('postgres-secrets')?.[`${name.toUpperCase()}_PASSWORD`]
      assert.equal(passwordOf(`${name}-secrets`), given)
    }
    assert.equal(kept.get('payment-secrets')?.BANK_SECRET, kept.get('bank-secrets')?.BANK_SECRET)
  })
}
