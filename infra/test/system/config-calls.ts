import type { Caller } from './route-caller.ts'

const [READ, HISTORY] = ['GET /v1/admin/config', 'GET /v1/admin/config/history']
const [CHANGE, ROLL_BACK] = ['PATCH /v1/admin/config', 'POST /v1/admin/config/roll-back']
const [READ_LIMITS, SET_LIMITS] = ['GET /v1/admin/limits', 'PUT /v1/admin/limits']
const [READ_SPLIT, SET_SPLIT] = ['GET /v1/admin/canary', 'PUT /v1/admin/canary']
/** The configuration, and the two parts of it that have calls of their own. */
export const configRoutes = {
  all: [READ, HISTORY, CHANGE, ROLL_BACK, READ_LIMITS, SET_LIMITS, READ_SPLIT, SET_SPLIT],
  changing: [CHANGE, ROLL_BACK, SET_LIMITS, SET_SPLIT],
}
const limits = { body: { buyer: { burst: 20, perSecond: 10 } } }
const split = { body: { order: { release: '0.2.0' } } }
type World = { caller: Pick<Caller, 'expect'>; admin: string }

const change = { why: 'a test', change: { faults: { order: { delayMs: 1 } } } } // not allowed there

export async function changeConfig({ caller: { expect }, admin: token }: World) {
  for (const read of [READ_LIMITS, READ_SPLIT]) await expect(read, { token }, '200')
  await expect(SET_LIMITS, { token, ...limits }, '200')
  await expect(SET_LIMITS, { token, body: { buyer: 1 } }, '400 invalid-request')
  await expect(SET_SPLIT, { token, ...split }, '200')
  await expect(SET_SPLIT, { token, body: { order: 1 } }, '400 invalid-request')
  const { body } = await expect(READ, { token }, '200')
  const headers = { 'if-none-match': `"${body.version}"` }
  await expect(READ, { token, headers }, '304')
  await expect(CHANGE, { token, body: change, query: '?dryRun=true' }, '200')
  await expect(CHANGE, { token, body: change }, '200')
  await expect(CHANGE, { token, body: { ...change, change: { no: 1 } } }, '400 invalid-request')
  const expectedVersion = body.version + 1
  await expect(CHANGE, { token, body: { ...change, expectedVersion } }, '409 config-changed')

  const back = { why: 'back', version: body.version }
  await expect(ROLL_BACK, { token, body: { ...back, expectedVersion } }, '409 config-changed')
  await expect(ROLL_BACK, { token, body: back }, '200')
  await expect(ROLL_BACK, { token, body: { ...back, version: 1 } }, '404 not-found')
  await expect(ROLL_BACK, { token, body: { version: 0 } }, '400 invalid-request')
  await expect(HISTORY, { token }, '200')
  await expect(HISTORY, { token, query: '?limit=0' }, '400 invalid-request')
}

/** While inventory is away. */
export async function withoutConfig({ caller: { expect }, admin: token }: World) {
  await expect(READ, { token }, '503 try-later')
  await expect(HISTORY, { token }, '503 try-later')
  await expect(CHANGE, { token, body: change }, '503 try-later')
  await expect(ROLL_BACK, { token, body: { why: 'back', version: 0 } }, '503 try-later')
  await expect(SET_LIMITS, { token, ...limits }, '503 try-later')
  await expect(SET_SPLIT, { token, ...split }, '503 try-later')
}

/** Kept in Postgres, and polled. */
export async function changeWithoutRedis({ caller: { expect }, admin: token }: World) {
  await expect(SET_LIMITS, { token, ...limits }, '200')
}
