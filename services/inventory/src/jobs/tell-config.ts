import type { ConfigTold } from '@flashsale/contracts/http/runtime-config.ts'
import type { WatchedRedis } from '@flashsale/redis/connection.ts'
import type { AskConfig } from '@flashsale/runtime-config/ask-inventory.ts'
import type { ConfigMemory } from '@flashsale/runtime-config/runtime-config.ts'
import { startConfigWatch } from '@flashsale/runtime-config/watch-config.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { startJob } from '@flashsale/service-kit/job.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { NOTHING_SET, readConfigAbove } from '../db/runtime-config.ts'
import { keepConfig } from '../redis/keep-config.ts'

const TELL_AGAIN_EVERY_MS = 1_000

type Deps = { db: Db; redis: WatchedRedis; config: ConfigMemory; log: Log }

/**
 * In every instance: knows what Postgres has, whoever changed it, and sees to it that Redis has it too,
 * also one that was away, or forgot.
 */
export function startConfigTeller({ db, redis, config, log }: Deps) {
  let latest: ConfigTold = NOTHING_SET
  const learn = (told: ConfigTold) => {
    if (told.version > latest.version) latest = told
    config.learn(told)
  }
  const push = async () => {
    if (latest.version === 0 || !redis.health.answers()) return
    await keepConfig(redis, latest).catch(() => {}) // the next run does
  }
  const ask: AskConfig = async ({ version }) => {
    const told = await readConfigAbove(db, Math.max(version, latest.version))
    if (told) latest = told
    return told ? { told } : 'same'
  }
  const watch = startConfigWatch({ config, ask: [ask], log })
  const pushing = startJob({ name: 'tell-config', everyMs: TELL_AGAIN_EVERY_MS, run: push, log })
  const forget = config.onChange(pushing.poke)

  return {
    /** As it was read last, fields that are not known here included. */
    latest: () => latest,
    /** What Postgres has now. Throws while it is away. */
    async fresh(): Promise<ConfigTold> {
      const told = await readConfigAbove(db, latest.version)
      if (told) learn(told)
      return latest
    },
    /** Of a change that is committed. */
    async tell(told: ConfigTold) {
      learn(told)
      await push()
    },
    async stop() {
      forget()
      await Promise.all([watch.stop(), pushing.stop()])
    },
  }
}
export type ConfigTeller = ReturnType<typeof startConfigTeller>
