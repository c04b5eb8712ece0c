import { type Channel, channels } from '@flashsale/contracts/channels.ts'
import type { Redis } from '@flashsale/redis/connection.ts'
import { channelName } from '@flashsale/redis/publish.ts'
import type { Log } from '@flashsale/service-kit/log.ts'

const LOOK_EVERY_MS = 1_000

type Listener = (message: unknown) => void

/** What Redis' pub/sub tells all gateways. It can lose a message: never the only way to learn a thing. */
export type Broadcast = {
  /** The message is parsed JSON of any form. */
  on(channel: Channel, listener: Listener): void
  /** Called each time they are heard anew, also the first time: what was told before is lost. */
  onReconnect(listener: () => void): void
  /** False while messages may be lost. A line that went silent is noticed after some seconds. */
  hears(): boolean
  stop(): void
}

/** `subscriber` is a connection of its own. */
export function createBroadcast(subscriber: Redis, log: Log): Broadcast {
  const names = Object.values(channels).map((channel) => channelName(subscriber, channel))
  const listeners = new Map<string, Listener[]>(names.map((name) => [name, []]))
  const atReconnect: (() => void)[] = []
  let hears = false

  const tell = (name: string, text: string) => {
    try {
      const message: unknown = JSON.parse(text)
      for (const listener of listeners.get(name) ?? []) listener(message)
    } catch (error) {
      log.error({ channel: name, err: error }, 'a broadcast message could not be taken')
    }
  }
  /** Asks over the line again and again: one that swallows everything is then given up by the client. */
  const look = async () => {
    if (subscriber.status !== 'ready') return
    try {
      if (hears) return void (await subscriber.ping())
      await subscriber.subscribe(...names)
    } catch {
      return // the connection broke, or will be closed: the next one subscribes
    }
    hears = true
    for (const listener of atReconnect) listener()
  }
  subscriber.on('message', tell)
  subscriber.on('ready', look)
  subscriber.on('close', () => {
    hears = false
  })
  const timer = setInterval(look, LOOK_EVERY_MS).unref()
  void look()

  return {
    on: (channel, listener) => void listeners.get(channelName(subscriber, channel))?.push(listener),
    onReconnect: (listener) => void atReconnect.push(listener),
    hears: () => hears,
    stop: () => clearInterval(timer),
  }
}
