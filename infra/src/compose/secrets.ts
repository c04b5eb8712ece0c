import { randomBytes } from 'node:crypto'

const names = [
  'JWT_SECRET',
  'ORDER_ID_SECRET',
  'ERASURE_SECRET',
  'BANK_SECRET',
  'POSTGRES_PASSWORD',
  'INVENTORY_PASSWORD',
  'ORDER_PASSWORD',
  'PAYMENT_PASSWORD',
] as const
export type ComposeSecrets = Record<(typeof names)[number], string>

export function newComposeSecrets(): ComposeSecrets {
  const secrets = names.map((name) => [name, randomBytes(32).toString('hex')])
  return Object.fromEntries(secrets)
}

export const envLines = (values: Record<string, string>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')

/** `./dev secrets > .env`: what docker-compose.yml needs, made anew each time. */
export async function secrets(): Promise<number> {
  process.stdout.write(envLines(newComposeSecrets()))
  return 0
}
