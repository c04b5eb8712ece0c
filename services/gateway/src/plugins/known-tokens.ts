/** Whom a token stands for. `expiresAtMs` is undefined for one that lives until its key is changed. */
export type Bearer = { expiresAtMs?: number | undefined }

/**
 * Tokens that were verified, so that a buyer who asks again costs no second signature. Bounded: the
 * one verified first leaves first. Never past a token's own end.
 */
export function createKnownTokens<B extends Bearer>(tokensMax: number) {
  const known = new Map<string, B>()

  return {
    get(token: string, nowMs: number): B | undefined {
      const bearer = known.get(token)
      if (bearer?.expiresAtMs === undefined || nowMs < bearer.expiresAtMs) return bearer
      known.delete(token)
      return undefined
    },
    add(token: string, bearer: B): void {
      const [first] = known.keys()
      if (known.size >= tokensMax && first !== undefined) known.delete(first)
      known.set(token, bearer)
    },
  }
}
