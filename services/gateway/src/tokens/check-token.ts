import { BuyerId, ERASED } from '@flashsale/contracts/ids.ts'
import { z } from 'zod'
import type { KeyRing } from './key-ring.ts'
import { Algorithm, type TokenKey } from './token-keys.ts'

const TOKEN_CHARS_MAX = 8_192

/** Postgres stores no NUL and no half of a surrogate pair: such a `sub` would stop a whole batch. */
const storable = (text: string) => text.isWellFormed() && !text.includes('\0')
/** What stands for buyers who were erased is nobody who can call. */
const isSomebody = (text: string) => !text.startsWith(ERASED)

const Claims = z
  .object({
    sub: BuyerId.refine(storable).refine(isSomebody),
    role: z.string().optional(),
    exp: z.number().optional(), // seconds since 1970
    jti: z.unknown().optional(),
  })
  .transform(({ sub, role, exp, jti }) => ({
    id: sub,
    isAdmin: role === 'admin',
    expiresAtMs: exp === undefined ? undefined : exp * 1000,
    jti: typeof jti === 'string' ? jti : undefined,
  }))

/** Who is calling, as a signature says. */
export type Bearer = z.infer<typeof Claims> & { key: TokenKey }
/** `unknown`: it names a key that is not known, and the key set can't be asked. */
export type Checked = { kind: 'bearer'; bearer: Bearer } | { kind: 'refused' } | { kind: 'unknown' }

type Deps = {
  keys: KeyRing
  /** Asks the key set again; false when what it has is unknown. */
  fetchKeys?: (() => Promise<boolean>) | undefined
}

/** First sight of a token: one signature at most, and none where it can't be worth it. */
export function createTokenCheck({ keys, fetchKeys }: Deps) {
  /** With the keys at hand; undefined where only a newer key set can tell. */
  const atOnce = (token: string, nowMs: number): Checked | undefined => {
    const said = readUnverified(token)
    if (!said || nowMs >= said.expiresAtMs) return { kind: 'refused' }
    const bearer = tryKeys(keys.find(said), token)
    if (bearer) return { kind: 'bearer', bearer }
    const isOfKeySet = said.algorithm !== 'HS256' && !keys.knows(said)
    return fetchKeys && isOfKeySet ? undefined : { kind: 'refused' }
  }
  return {
    atOnce,
    /** After the key set was asked; with a key that was tried before, not again. */
    async withNewKeys(token: string): Promise<Checked> {
      const said = readUnverified(token)
      if (!said) return { kind: 'refused' }
      const tried = keys.find(said)
      if (!(await fetchKeys?.())) return { kind: 'unknown' }
      const untried = keys.find(said).filter((key) => !tried.includes(key))
      const bearer = tryKeys(untried, token)
      return bearer ? { kind: 'bearer', bearer } : { kind: 'refused' }
    },
  }
}

function tryKeys(keys: TokenKey[], token: string): Bearer | undefined {
  for (const key of keys) {
    const claims = verified(key, token)
    if (claims) return { ...claims, key }
  }
  return undefined
}

function verified(key: TokenKey, token: string) {
  return withoutStacks(() => Claims.safeParse(key.verify(token)).data)
}

/** A flood of bad tokens is a flood of errors: without stacks it costs a third. */
function withoutStacks<T>(run: () => T): T | undefined {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return run()
  } catch {
    return undefined
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** In base64, what begins with a brace or white space: what is no JSON is seen without an error thrown. */
const objects = /^[eICD]/
const Head = z.object({ alg: Algorithm, kid: z.string().optional().catch(undefined) })
const Body = z.object({ exp: z.number().optional() })

/** What a token says of itself: enough to refuse it, never to believe it. */
export function readUnverified(token: string) {
  if (token.length > TOKEN_CHARS_MAX) return undefined
  const [head = '', body = '', signature = '', more] = token.split('.', 4)
  if (signature === '' || more !== undefined || !objects.test(head)) return undefined
  const header = Head.safeParse(parsed(head)).data
  const claims = Body.safeParse(parsed(body)).data
  if (!header || !claims) return undefined
  const { exp = Number.POSITIVE_INFINITY } = claims
  return { algorithm: header.alg, kid: header.kid, expiresAtMs: exp * 1000 }
}

function parsed(part: string): unknown {
  return withoutStacks(() => JSON.parse(Buffer.from(part, 'base64url').toString()))
}
