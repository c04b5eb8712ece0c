/** Whom a token stands for. `expiresAtMs` is undefined for one that lives until its key is changed. */
export type Ending = { expiresAtMs?: number | undefined }
export type KnownTokensMax = { tokens: number; chars: number }

/**
 * Tokens that were verified, so that a buyer who asks again costs no second signature. Bounded: the
 * one verified first leaves first. Never past a token's own end.
 */
export function createKnownTokens<B extends Ending>(max: KnownTokensMax) {
  const known = new Map<string, B>()
  let chars = 0

  const forget = (token: string) => {
    if (known.delete(token)) chars -= token.length
  }
  return {
    get(token: string, nowMs: number): B | undefined {
      const bearer = known.get(token)
      if (bearer?.expiresAtMs === undefined || nowMs < bearer.expiresAtMs) return bearer
      forget(token)
      return undefined
    },
    add(token: string, bearer: B): void {
      forget(token)
      known.set(token, bearer)
      chars += token.length
      for (const first of known.keys()) {
        if (known.size <= max.tokens && chars <= max.chars) break
        forget(first)
      }
    },
    /** Of each token: is it over for a reason of its own, such as a key that is no longer good. */
    forgetIf(isOver: (bearer: B) => boolean): void {
      for (const [token, bearer] of known) if (isOver(bearer)) forget(token)
    },
    size: () => known.size,
  }
}
