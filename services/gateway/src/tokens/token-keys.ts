import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { createVerifier } from 'fast-jwt'
import { z } from 'zod'

const RSA_BITS = { min: 2048, max: 8192 }

/** The closed list: what a token says of itself never chooses more than one of these. */
export const Algorithm = z.enum(['HS256', 'EdDSA', 'RS256'])
export type Algorithm = z.infer<typeof Algorithm>

/** What the claims must say, whichever key has signed them. */
export type Audience = { issuer?: string | undefined; audience?: string | undefined }

/** A key and the one algorithm it is good for: a public key can't be taken for an HMAC secret. */
export type TokenKey = {
  algorithm: Algorithm
  kid: string | undefined
  /** Equal for the same key under the same name. */
  fingerprint: string
  /** The claims of a token that this key has signed and whose time it is; else it throws. */
  verify(token: string): unknown
}

export function secretKey(secret: string, wanted: Audience): TokenKey {
  const verify = verifierOf(secret, 'HS256', wanted)
  return { algorithm: 'HS256', kid: undefined, fingerprint: 'secret', verify }
}

/** Undefined for one that can't be used: a private key, a weak one, one of another kind. */
export function pemKey(pem: string, wanted: Audience): TokenKey | undefined {
  return isPrivate(pem) ? undefined : publicKey(() => createPublicKey(pem), undefined, wanted)
}

/** A secret (`oct`) or a private key (`d`) that is published is no key any more. */
const Jwk = z
  .looseObject({
    kty: z.enum(['RSA', 'OKP']),
    kid: z.string().min(1).max(256).optional(),
    alg: z.string().optional(),
    use: z.literal('sig').optional(),
    key_ops: z
      .array(z.string())
      .refine((operations) => operations.includes('verify'))
      .optional(),
  })
  .refine((jwk) => !('d' in jwk))

/** Undefined for one that is not for us: key sets hold keys of other kinds and uses. */
export function jwkKey(value: unknown, wanted: Audience): TokenKey | undefined {
  const { data: jwk } = Jwk.safeParse(value)
  if (!jwk) return undefined
  const read = () => createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })
  const key = publicKey(read, jwk.kid, wanted)
  return jwk.alg === undefined || jwk.alg === key?.algorithm ? key : undefined
}

function publicKey(read: () => KeyObject, kid: string | undefined, wanted: Audience) {
  try {
    const key = read()
    const algorithm = algorithmOf(key)
    if (!algorithm) return undefined
    const pem = key.export({ type: 'spki', format: 'pem' }).toString()
    return { algorithm, kid, fingerprint: pem, verify: verifierOf(pem, algorithm, wanted) }
  } catch {
    return undefined // whoever reads keys says which ones it could not use
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject) {
  if (asymmetricKeyType === 'ed25519') return 'EdDSA' as const
  if (asymmetricKeyType !== 'rsa') return undefined
  const bits = asymmetricKeyDetails?.modulusLength ?? 0
  return bits >= RSA_BITS.min && bits <= RSA_BITS.max ? ('RS256' as const) : undefined
}

function verifierOf(key: string, algorithm: Algorithm, { issuer, audience }: Audience) {
  return createVerifier({
    key,
    algorithms: [algorithm],
    ...(issuer !== undefined && { allowedIss: issuer }),
    ...(audience !== undefined && { allowedAud: audience }),
    requiredClaims: [
      ...(issuer === undefined ? [] : ['iss']), // an absent claim would pass otherwise
      ...(audience === undefined ? [] : ['aud']),
    ],
  })
}

/** Node makes a public key of a private one without a word; here it would be a leak. */
const isPrivate = (pem: string) => pem.includes('PRIVATE KEY')
