/** Whom a token stands for. `expiresAtMs` is undefined for one that lives until its key is changed. */
export type Ending = { expiresAtMs?: number | undefined }
export type KnownTokensMax = { tokens: number; chars: number }

/**
 * Tokens that were verified, so that a buyer who asks again costs no second signature. Never past a
 * token's own end. Bounded in two halves: when the newer one is full, the older one is dropped whole,
 * with who was not seen since. Dropping one at a time would be dear: a Map finds its first key only
 * behind the places of all that were deleted before it.
 */
export function createKnownTokens<B extends Ending>(max: KnownTokensMax) {
  let newer = new Map<string, B>()
  let older = new Map<string, B>()
  let newerChars = 0

  const forget = (token: string) => {
    if (newer.delete(token)) newerChars -= token.length
    older.delete(token)
  }
  const add = (token: string, bearer: B) => {
    forget(token)
    if (token.length > max.chars / 2) return
    if (newer.size >= max.tokens / 2 || newerChars + token.length > max.chars / 2) {
      older = newer
      newer = new Map()
      newerChars = 0
    }
    newer.set(token, bearer)
    newerChars += token.length
  }
  return {
    add,
    get(token: string, nowMs: number): B | undefined {
      const seen = newer.get(token)
      const bearer = seen ?? older.get(token)
      if (bearer?.expiresAtMs !== undefined && nowMs >= bearer.expiresAtMs) {
        forget(token)
        return undefined
      }
      if (bearer && !seen) add(token, bearer)
      return bearer
    },
    size: () => newer.size + older.size,
    /** Of each token: is it over for a reason of its own, such as a key that is no longer good. */
    forgetIf(isOver: (bearer: B) => boolean): void {
      for (const [token, bearer] of older) if (isOver(bearer)) forget(token)
      for (const [token, bearer] of newer) if (isOver(bearer)) forget(token)
    },
  }
}
