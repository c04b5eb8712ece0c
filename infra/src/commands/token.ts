import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { UsageError } from '../plain-error.ts'
import { type Role, roles, tokenSigner } from '../stack/tokens.ts'
import { runningSystem } from './running.ts'

const countMax = 1_000_000

export async function token(args: string[]): Promise<number> {
  const text = { type: 'string' } as const
  const options = { role: text, user: text, count: text, out: text }
  const { values } = parseArgs({ args, options })
  const { role = 'buyer', user = 'U', count, out } = values
  if (!isRole(role)) throw new UsageError(`--role takes ${roles.join(' or ')}, not ${role}`)
  const users = count === undefined ? [user] : manyUsers(user, count)

  const { settings } = runningSystem()
  const sign = tokenSigner(settings.secrets.jwt)
  const lines = users.map((name) => `${sign(name, role)}\n`).join('')
  if (out === undefined) process.stdout.write(lines)
  else writeFileSync(out, lines, { mode: 0o600 })
  return 0
}

function isRole(role: string): role is Role {
  return roles.some((known) => known === role)
}

function manyUsers(user: string, count: string): string[] {
  const length = Number(count)
  if (!/^\d+$/.test(count) || length < 1 || length > countMax) {
    throw new UsageError(`--count takes a number from 1 to ${countMax}, not ${count}`)
  }
  return Array.from({ length }, (_, index) => `${user}-${index + 1}`)
}
