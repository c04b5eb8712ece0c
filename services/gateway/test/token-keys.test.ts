import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { configuredKeys, createKeyRing } from '../src/tokens/key-ring.ts'
import type { Audience, TokenKey } from '../src/tokens/token-keys.ts'
import { JWT_SECRET, outcome, sign, startGateway } from './gateway.ts'
import { ed, eddsa, otherEd, otherRsa, pemOf, rs256, rsa, token } from './tokens.ts'

const IN = '404 order-not-found'
const OUT = '401 unauthenticated'
const publicKeys = [pemOf(ed.publicKey), pemOf(rsa.publicKey)]
const nowS = () => Math.floor(Date.now() / 1_000)

async function gatewayWith(t: TestContext, keys: TokenKey[]) {
  const { call } = await startGateway(t, { tokens: { keys: createKeyRing(keys) } })
  return async (token: string) => outcome(await call('GET', '/v1/orders/x', { token }))
}
const keysOf = (secret?: string, wanted: Audience = {}) =>
  configuredKeys({ secret, publicKeys, wanted })

test('EdDSA and RS256 count where their public keys are configured, HS256 beside them only with the secret', async (t) => {
  const withSecret = await gatewayWith(t, keysOf(JWT_SECRET))
  const without = await gatewayWith(t, keysOf())
  for (const good of [eddsa({ sub: 'ann' }), rs256({ sub: 'ann' }), rs256({ sub: 'ann' }, 'any')]) {
    assert.equal(await withSecret(good), IN)
    assert.equal(await without(good), IN)
  }
  assert.equal(await withSecret(sign({ sub: 'ann' })), IN)
  assert.equal(await without(sign({ sub: 'ann' })), OUT)
})

test('a header that is JSON counts however it is written; what is no JSON does not', async (t) => {
  const ask = await gatewayWith(t, keysOf(JWT_SECRET))
  const signed = (head: string) => {
    const body = [head, JSON.stringify({ sub: 'ann' })]
    const said = body.map((part) => Buffer.from(part).toString('base64url')).join('.')
    return `${said}.${createHmac('sha256', JWT_SECRET).update(said).digest('base64url')}`
  }
  const head = '{"alg":"HS256","typ":"JWT"}'
  for (const space of ['', ' ', '\n', '\r', '\t']) assert.equal(await ask(signed(space + head)), IN)
  for (const not of ['alg', '"alg"', '[]', '']) assert.equal(await ask(signed(not)), OUT)
})

test('with the secret alone nothing but HS256 counts', async (t) => {
  const ask = await gatewayWith(
    t,
    configuredKeys({ secret: JWT_SECRET, publicKeys: [], wanted: {} }),
  )
  assert.equal(await ask(sign({ sub: 'ann' })), IN)
  assert.equal(await ask(eddsa({ sub: 'ann' })), OUT)
  assert.equal(await ask(rs256({ sub: 'ann' })), OUT)
})

test('a public key never verifies an HMAC, in whatever form it was taken for a secret', async (t) => {
  const ask = await gatewayWith(t, keysOf(JWT_SECRET))
  for (const { publicKey } of [rsa, ed]) {
    const pem = pemOf(publicKey)
    const der = publicKey.export({ type: 'spki', format: 'der' })
    const jwk = JSON.stringify(publicKey.export({ format: 'jwk' }))
    for (const secret of [pem, pem.trim(), pem.replaceAll('\n', ''), der, jwk]) {
      for (const alg of ['HS256', 'HS512', 'RS256', 'EdDSA']) {
        assert.equal(await ask(token(secret, { alg }, { sub: 'ann' })), OUT, alg)
      }
    }
  }
})

test('a token chooses no algorithm but those of the list, and none for the key of another', async (t) => {
  const ask = await gatewayWith(t, keysOf(JWT_SECRET))
  const claims = { sub: 'ann' }
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const bare = token(JWT_SECRET, { alg: 'none' }, claims)
  const bad = {
    none: bare,
    'none, unsigned': bare.slice(0, bare.lastIndexOf('.') + 1),
    'None, unsigned': token('', { alg: 'None' }, claims).replace(/[^.]+$/, ''),
    'no alg': token(JWT_SECRET, {}, claims),
    hs256: token(JWT_SECRET, { alg: 'hs256' }, claims),
    'RS512 of a good key': token(rsa.privateKey, { alg: 'RS512' }, claims),
    'PS256 of a good key': token(rsa.privateKey, { alg: 'PS256' }, claims),
    ES256: token(ec.privateKey, { alg: 'ES256' }, claims),
    'RS256 that is an Ed25519 signature': token(ed.privateKey, { alg: 'RS256' }, claims),
    'EdDSA that is an RSA signature': token(rsa.privateKey, { alg: 'EdDSA' }, claims),
    'RS256 that is an HMAC': token(JWT_SECRET, { alg: 'RS256' }, claims),
    'RS256 of another key': rs256(claims, undefined, otherRsa.privateKey),
    'EdDSA of another key': eddsa(claims, undefined, otherEd.privateKey),
    'an extension that must be understood': token(
      ed.privateKey,
      { alg: 'EdDSA', crit: ['cnf'], ...{ cnf: 1 } },
      claims,
    ),
    'a changed claim': eddsa({ sub: 'bob' }).replace(
      /\.[^.]+\./,
      `.${eddsa(claims).split('.')[1]}.`,
    ),
  }
  for (const [why, one] of Object.entries(bad)) assert.equal(await ask(one), OUT, why)
})

test('issuer and audience, where they are set, must be said and be right, whatever the key', async (t) => {
  const ask = await gatewayWith(t, keysOf(JWT_SECRET, { issuer: 'https://id', audience: 'sale' }))
  const right = { sub: 'ann', iss: 'https://id', aud: 'sale' }
  const makers = [eddsa, rs256, (claims: object) => token(JWT_SECRET, { alg: 'HS256' }, claims)]
  for (const make of makers) {
    assert.equal(await ask(make(right)), IN)
    assert.equal(await ask(make({ ...right, aud: ['other', 'sale'] })), IN)
    for (const wrong of [
      { sub: 'ann' },
      { ...right, iss: undefined },
      { ...right, aud: undefined },
      { ...right, iss: 'https://id/' },
      { ...right, iss: ['https://id'] },
      { ...right, aud: 'sales' },
      { ...right, aud: [] },
      { ...right, aud: '' },
    ]) {
      assert.equal(await ask(make(wrong)), OUT, JSON.stringify(wrong))
    }
  }
})

test('a token that was let in once costs no second signature; one that is over costs none at all', async (t) => {
  let signatures = 0
  const counted = keysOf(JWT_SECRET).map((key) => ({
    ...key,
    verify: (one: string) => {
      signatures++
      return key.verify(one)
    },
  }))
  const ask = await gatewayWith(t, counted)
  for (const good of [eddsa({ sub: 'ann' }), rs256({ sub: 'bob' }), sign({ sub: 'cem' })]) {
    signatures = 0
    for (let times = 0; times < 3; times++) assert.equal(await ask(good), IN)
    assert.equal(signatures, 1)
  }
  signatures = 0
  const over = { sub: 'ann', exp: nowS() - 1 }
  const long = { sub: 'ann', x: 'x'.repeat(8_192) }
  for (const bad of [
    eddsa(over),
    rs256(over),
    sign(over),
    eddsa(long),
    'a.b.c',
    'x',
    '..',
    '...',
  ]) {
    assert.equal(await ask(bad), OUT)
  }
  assert.equal(signatures, 0)
})
