import { startJob } from '@flashsale/service-kit/job.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import type { AskConfig } from './ask-inventory.ts'
import type { ConfigMemory } from './runtime-config.ts'

const LOOK_EVERY_MS = 500 // and inventory looks as often: a change is everywhere in 2 s without a push

/** The first of them that can tell is believed. */
type Deps = { config: ConfigMemory; ask: AskConfig[]; log: Log; everyMs?: number }

/** Looks again and again. While nobody can tell, the configuration stays as it was. */
export function startConfigWatch({ config, ask, log, everyMs = LOOK_EVERY_MS }: Deps) {
  const known = Promise.withResolvers<void>()
  let isAway = false

  const look = async () => {
    for (const one of ask) {
      const told = await one({ version: config.version() }).catch(() => undefined)
      if (!told) continue
      if (told === 'same') config.confirm()
      else config.learn(told.told)
      return true
    }
    return false
  }
  const run = async () => {
    const found = await look()
    if (found) known.resolve()
    if (found === isAway) {
      if (isAway) log.info({ version: config.version() }, 'the configuration is read again')
      else log.warn({ version: config.version() }, 'the configuration stays as it is: nobody tells')
    }
    isAway = !found
  }
  const job = startJob({ name: 'watch-config', everyMs, run, log })
  return {
    /** Resolves when it was read once. */
    known: known.promise,
    /** Looks now, unless it does so already. */
    poke: job.poke,
    stop: job.stop,
  }
}
export type ConfigWatch = ReturnType<typeof startConfigWatch>
