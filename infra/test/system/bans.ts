import { randomUUID } from 'node:crypto'
import type { System } from '@flashsale/test-kit/system.ts'
import { Redis } from 'ioredis'
import type { Caller } from './route-caller.ts'

const BAN = 'PUT /v1/admin/banned-buyers/{buyer}'
const UNBAN = 'DELETE /v1/admin/banned-buyers/{buyer}'
const WITHDRAW = 'PUT /v1/admin/withdrawn-tokens'
export const banRoutes = [BAN, UNBAN, WITHDRAW]
const OF_BUYERS = [
  'POST /v1/sales/{saleId}/orders',
  'GET /v1/orders',
  'GET /v1/orders/{id}',
  'POST /v1/orders/{id}/payment',
  'POST /v1/orders/{id}/cancel',
]
export const wantedBan = { params: { buyer: 'ann' }, body: { jti: 'j' } }
const MOST = 100_000
const CHUNK = 5_000
const NEVER_MS = Number.MAX_SAFE_INTEGER

const tooLarge = { body: ' '.repeat(64 * 1024 + 1) }
const text = { body: 'x', headers: { 'content-type': 'text/plain' } }

/** For a gateway: nobody listens there, so that what keys there are is not known. */
export const keySetAway = { JWKS_URL: 'http://127.0.0.1:9/' }

type World = { system: System; caller: Caller; admin: string }

/** All that becomes of bans while Redis is there. */
export async function banBuyers(world: World) {
  const { system, admin: token } = world
  const { expect } = world.caller
  const params = { buyer: 'eve' }
  const eves = { params: { saleId: randomUUID(), id: 'no-order' }, token: system.token('eve') }
  await expect(BAN, { token, params }, '200')
  for (const route of OF_BUYERS) await expect(route, eves, '403 banned')
  await expect(UNBAN, { token, params }, '200')
  await expect('GET /v1/orders', eves, '200')

  await expect(WITHDRAW, { token, body: { jti: 'j' } }, '200')
  await expect(WITHDRAW, { token, body: {} }, '400 invalid-request')
  await expect(WITHDRAW, { token, ...text }, '415 unsupported-media-type')
  for (const route of banRoutes) {
    await expect(route, { params }, '401 unauthenticated')
    await expect(route, { params, token: system.token('ann') }, '403 forbidden')
    await expect(route, { params, token, ...tooLarge }, '413 payload-too-large')
  }
  for (const route of [BAN, UNBAN]) {
    await expect(route, { token, params: { buyer: 'x'.repeat(129) } }, '404 not-found')
  }
  await banTooMany(world)
}

async function banTooMany({ system, caller: { expect }, admin: token }: World) {
  const { env, redisPrefix } = system
  const redis = new Redis(env.gateway.REDIS_URL ?? '', { keyPrefix: redisPrefix })
  try {
    for (let at = 0; at < MOST; at += CHUNK) {
      const names = Array.from({ length: CHUNK }, (_, n) => `${at + n}`)
      await redis.sadd('{bans}:buyers', ...names)
      await redis.zadd('{bans}:tokens', ...names.flatMap((name) => [NEVER_MS, name]))
    }
    await expect(BAN, { token, params: { buyer: 'eve' } }, '409 too-many-bans')
    await expect(WITHDRAW, { token, body: { jti: 'one more' } }, '409 too-many-bans')
    await redis.del('{bans}:buyers', '{bans}:tokens')
  } finally {
    redis.disconnect()
  }
}

/** Where the key set is away: a token that names a key nobody knows may be good. */
export async function showUnknownKey({ caller: { expect } }: World) {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const head = part({ alg: 'EdDSA', kid: 'new' })
  const token = `${head}.${part({ sub: 'operator', role: 'admin' })}.c2ln`
  await expect('GET /v1/admin/limits', { token }, '503 try-later')
  await expect('GET /v1/admin/canary', { token }, '503 try-later')
}
