import { channels } from '@flashsale/contracts/channels.ts'
import type { Redis } from '@flashsale/redis/connection.ts'
import { channelName } from '@flashsale/redis/publish.ts'
import { luaScript } from '@flashsale/redis/script.ts'
import { z } from 'zod'
import type { WantedChange } from '../domain/bans.ts'
import { banKeys } from './ban-keys.ts'

const BANS_MAX = 100_000 // of buyers, and of tokens

const script = luaScript(new URL('./change-bans.lua', import.meta.url))
const Reply = z.tuple([z.enum(['changed', 'known', 'full', 'forgot']), z.int()])

/** What all gateways are told of it. */
export const BanTold = z.union([
  z.object({ version: z.int(), change: z.enum(['ban', 'unban']), buyer: z.string() }),
  z.object({
    version: z.int(),
    change: z.literal('withdraw'),
    token: z.string(),
    endsAtMs: z.number(),
  }),
])

/** Safe to repeat. `knownVersion`: what the caller has read last. */
export async function changeBans(
  redis: Redis,
  wanted: WantedChange,
  knownVersion: number,
  max = BANS_MAX,
) {
  const [name, endsAtMs] =
    wanted.change === 'withdraw' ? [wanted.token, wanted.endsAtMs] : [wanted.buyer, 0]
  const channel = channelName(redis, channels.bans)
  const args = [knownVersion, wanted.change, name, endsAtMs, max, channel]
  const [kind, version] = Reply.parse(await script(redis, banKeys, args))
  return { kind, version }
}
