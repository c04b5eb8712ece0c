import type { Redis } from '@flashsale/redis/connection.ts'
import { luaScript } from '@flashsale/redis/script.ts'
import { z } from 'zod'
import type { BansRead } from '../domain/bans.ts'
import { banKeys } from './ban-keys.ts'

const script = luaScript(new URL('./read-bans.lua', import.meta.url))
const Reply = z.union([
  z.tuple([z.enum(['known', 'forgot']), z.int()]),
  z.tuple([z.literal('read'), z.int(), z.array(z.string()), z.array(z.string())]),
])
export type ReadBans = { kind: 'known' } | { kind: 'forgot' } | { kind: 'read'; read: BansRead }

export async function readBans(redis: Redis, knownVersion: number): Promise<ReadBans> {
  const reply = Reply.parse(await script(redis, banKeys, [knownVersion]))
  if (reply[0] !== 'read') return { kind: reply[0] }
  const [, version, buyers, pairs] = reply
  const tokens: [string, number][] = []
  for (let i = 0; i < pairs.length; i += 2) tokens.push([pairs[i] ?? '', Number(pairs[i + 1])])
  return { kind: 'read', read: { version, buyers, tokens } }
}
