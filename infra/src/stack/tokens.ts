import { createSigner } from 'fast-jwt'

const lifetimeMs = 24 * 60 * 60 * 1_000

export const roles = ['buyer', 'admin'] as const
export type Role = (typeof roles)[number]

/** Signs what the gateway accepts: HS256 with the stack's own secret. */
export function tokenSigner(jwtSecret: string): (user: string, role?: Role) => string {
  const sign = createSigner({ key: jwtSecret, algorithm: 'HS256', expiresIn: lifetimeMs })
  return (user, role = 'buyer') => sign({ sub: user, role })
}
