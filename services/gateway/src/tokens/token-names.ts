import { hash } from 'node:crypto'

export const nameOfJti = (jti: string) => `jti:${jti}`

/**
 * By what it has signed: the signature itself can be written down in several ways, and each of them
 * would be another token.
 */
export function nameOfToken(token: string): string {
  const signed = token.slice(0, token.lastIndexOf('.'))
  return `sha256:${hash('sha256', signed, 'base64url')}`
}
