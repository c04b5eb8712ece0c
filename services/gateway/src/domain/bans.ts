export type WantedChange =
  | { change: 'ban' | 'unban'; buyer: string }
  | { change: 'withdraw'; token: string; endsAtMs: number }
/** Each change has the next version: whoever knows the one before it knows all. */
export type BanChange = WantedChange & { version: number }
/** All of it, as it was at one version. `tokens`: name → when it ends by itself. */
export type BansRead = { version: number; buyers: string[]; tokens: [string, number][] }

const SWEPT_AFTER_MS = 86_400_000 // after a token's own end; clocks differ
const SWEPT_FROM = 1_000 // tokens, and again at twice as many as were left

/** The buyers who are banned and the tokens that were withdrawn, as far as they are known here. */
export function createBans() {
  let version = 0
  let buyers = new Set<string>()
  let tokens = new Map<string, number>()
  let sweepAt = SWEPT_FROM

  const sweep = (nowMs: number) => {
    for (const [name, endsAtMs] of tokens) {
      if (endsAtMs < nowMs - SWEPT_AFTER_MS) tokens.delete(name)
    }
    sweepAt = Math.max(SWEPT_FROM, 2 * tokens.size)
  }
  return {
    version: () => version,
    hasBuyer: (buyer: string) => buyers.has(buyer),
    /** Whether there are any: naming a token costs something. */
    hasTokens: () => tokens.size > 0,
    hasToken: (name: string) => tokens.has(name),
    all: (): BansRead => ({ version, buyers: [...buyers], tokens: [...tokens] }),
    counts: () => ({ buyers: buyers.size, tokens: tokens.size }),

    /** What was read after a change that is known already is older than that: it is left alone. */
    learn(read: BansRead): void {
      if (read.version < version) return
      version = read.version
      buyers = new Set(read.buyers)
      tokens = new Map(read.tokens)
    },
    /** False when one before it was missed: then all has to be read. */
    apply(told: BanChange, nowMs: number): boolean {
      if (told.version <= version) return true
      if (told.version !== version + 1) return false
      version = told.version
      if (told.change === 'withdraw') tokens.set(told.token, told.endsAtMs)
      else if (told.change === 'ban') buyers.add(told.buyer)
      else buyers.delete(told.buyer)
      if (tokens.size > sweepAt) sweep(nowMs)
      return true
    },
  }
}
export type Bans = ReturnType<typeof createBans>
