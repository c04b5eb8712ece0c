import { type Algorithm, type Audience, pemKey, secretKey, type TokenKey } from './token-keys.ts'

export type Named = { algorithm: Algorithm; kid: string | undefined }

/** All keys that are good now. */
export type KeyRing = {
  /** Those that may have signed a token with this header. */
  find(token: Named): TokenKey[]
  /** Whether the token names a key that is here. */
  knows(token: Named): boolean
  isEmpty(): boolean
  /** In place of those that were fetched before. */
  replaceFetched(keys: TokenKey[]): void
  /** Called with keys that are no longer good. */
  onGone(listener: (gone: ReadonlySet<TokenKey>) => void): void
}

/** `configured` are good until the end of the process; a key set's keys come and go. */
export function createKeyRing(configured: TokenKey[]): KeyRing {
  const listeners: ((gone: ReadonlySet<TokenKey>) => void)[] = []
  let fetched: TokenKey[] = []

  const of = (algorithm: Algorithm) =>
    [...configured, ...fetched].filter((key) => key.algorithm === algorithm)
  const named = ({ algorithm, kid }: Named) =>
    kid === undefined ? [] : of(algorithm).filter((key) => key.kid === kid)

  return {
    find(token) {
      const byName = named(token)
      if (byName.length > 0) return byName
      const all = of(token.algorithm)
      const nameless = all.filter((key) => key.kid === undefined)
      // A token that names no key can mean the only one there is.
      const means = nameless.length === 0 && token.kid === undefined && all.length === 1
      return means ? all : nameless
    },
    knows: (token) => named(token).length > 0,
    isEmpty: () => configured.length + fetched.length === 0,
    replaceFetched(keys) {
      const before = fetched
      fetched = keys.map((key) => before.find((known) => isSame(known, key)) ?? key)
      const gone = new Set(before.filter((key) => !fetched.includes(key)))
      if (gone.size === 0) return
      for (const listener of listeners) listener(gone)
    },
    onGone: (listener) => void listeners.push(listener),
  }
}

const isSame = (a: TokenKey, b: TokenKey) => a.kid === b.kid && a.fingerprint === b.fingerprint

type Settings = { secret: string | undefined; publicKeys: string[]; wanted: Audience }

/** The keys that the settings name. */
export function configuredKeys({ secret, publicKeys, wanted }: Settings): TokenKey[] {
  const ofSecret = secret === undefined ? [] : [secretKey(secret, wanted)]
  const ofPems = publicKeys.map((pem) => pemKey(pem, wanted))
  return [...ofSecret, ...ofPems.filter((key) => key !== undefined)]
}
