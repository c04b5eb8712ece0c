import {
  constants,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
} from 'node:crypto'

/** Made once: RSA keys take their time. */
const pairs = {
  rsa: [rsaPair(), rsaPair()],
  ed: [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')],
} as const
export const [rsa, otherRsa] = pairs.rsa
export const [ed, otherEd] = pairs.ed

function rsaPair(modulusLength = 2048) {
  return generateKeyPairSync('rsa', { modulusLength })
}
export const weakRsa = () => rsaPair(1024)

export const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()
export const jwkOf = (key: KeyObject, more: object = {}) => ({
  ...key.export({ format: 'jwk' }),
  ...more,
})

type By = KeyObject | string | Uint8Array
type Head = { alg?: string; kid?: string; crit?: string[] }
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Not by the library that checks them. Signed as the key can; its hash is the one `alg` names. */
export function token(by: By, head: Head, claims: object) {
  const signed = `${part({ typ: 'JWT', ...head })}.${part(claims)}`
  return `${signed}.${signature(by, head.alg, Buffer.from(signed)).toString('base64url')}`
}

function signature(by: By, alg: string | undefined, bytes: Buffer) {
  const hash = alg?.endsWith('512') ? 'sha512' : 'sha256'
  if (typeof by === 'string' || by instanceof Uint8Array) {
    return createHmac(hash, by).update(bytes).digest()
  }
  if (by.asymmetricKeyType === 'ed25519') return signBytes(null, bytes, by)
  if (by.asymmetricKeyType === 'ec') {
    return signBytes(hash, bytes, { key: by, dsaEncoding: 'ieee-p1363' })
  }
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  return signBytes(hash, bytes, { key: by, ...(alg?.startsWith('PS') && pss) })
}

export const eddsa = (claims: object, kid?: string, by: KeyObject = ed.privateKey) =>
  token(by, { alg: 'EdDSA', ...(kid !== undefined && { kid }) }, claims)
export const rs256 = (claims: object, kid?: string, by: KeyObject = rsa.privateKey) =>
  token(by, { alg: 'RS256', ...(kid !== undefined && { kid }) }, claims)
