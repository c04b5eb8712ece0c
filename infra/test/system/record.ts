import type { System } from '@flashsale/test-kit/system.ts'
import type { Caller } from './route-caller.ts'

const ACTIONS = 'GET /v1/admin/actions'
const ERASE = 'POST /v1/admin/buyers/{buyer}/erase'
const ERASURE = 'GET /v1/admin/buyers/{buyer}/erase'
export const recordRoutes = [ACTIONS, ERASE, ERASURE]

const tooLarge = { body: ' '.repeat(64 * 1024 + 1) }
type World = { system: System; caller: Caller; admin: string }

/** The record of what operators do, and the erasure of a buyer, while inventory is there. */
export async function readRecord({ system, caller: { expect }, admin: token }: World) {
  const params = { buyer: 'nobody yet' }
  await expect(ACTIONS, { token }, '200')
  await expect(ACTIONS, { token, query: '?limit=0' }, '400 invalid-request')
  await expect(ERASURE, { token, params }, '404 not-found')
  await expect(ERASE, { token, params }, '202')
  await expect(ERASURE, { token, params }, '200')
  await expect(ERASE, { token, params, ...tooLarge }, '413 payload-too-large')
  await expect(ERASE, { token, params: { buyer: 'x'.repeat(129) } }, '404 not-found')
  for (const route of recordRoutes) {
    await expect(route, { params }, '401 unauthenticated')
    await expect(route, { params, token: system.token('ann') }, '403 forbidden')
  }
}

export async function withoutRecord({ caller: { expect }, admin: token }: World) {
  const params = { buyer: 'ann' }
  for (const route of recordRoutes) await expect(route, { token, params }, '503 try-later')
}
