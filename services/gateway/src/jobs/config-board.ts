import { channels } from '@flashsale/contracts/channels.ts'
import type { AskConfig } from '@flashsale/runtime-config/ask-inventory.ts'
import type { ConfigMemory } from '@flashsale/runtime-config/runtime-config.ts'
import { startConfigWatch } from '@flashsale/runtime-config/watch-config.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import type { Broadcast } from '../clients/broadcast.ts'
import type { ConfigAnswer, ConfigClient } from '../clients/runtime-config.ts'

type Deps = {
  config: ConfigMemory
  client: ConfigClient
  ask: AskConfig[]
  broadcast: Pick<Broadcast, 'on' | 'onReconnect'>
  log: Log
}

/** The configuration at this gateway: pushed by Redis, polled all the same, and changed from here. */
export function startConfigBoard({ config, client, ask, broadcast, log }: Deps) {
  const watch = startConfigWatch({ config, ask, log })
  broadcast.on(channels.config, config.learn)
  broadcast.onReconnect(watch.poke)

  /** What was done from here is in force here before it is told as done. */
  const learned = (answer: ConfigAnswer): ConfigAnswer => {
    if (answer.kind === 'changed' && !answer.changed.dryRun) config.learn(answer.changed)
    return answer
  }
  return {
    ...config,
    known: watch.known,
    /** As Postgres has it now; here it is then in force. */
    async read() {
      const found = await client.read()
      if (found.kind === 'told') config.learn(found.told)
      return found
    },
    change: async (...wanted: Parameters<ConfigClient['change']>) =>
      learned(await client.change(...wanted)),
    rollBack: async (...wanted: Parameters<ConfigClient['rollBack']>) =>
      learned(await client.rollBack(...wanted)),
    history: client.history,
    stop: watch.stop,
  }
}
export type ConfigBoard = ReturnType<typeof startConfigBoard>
