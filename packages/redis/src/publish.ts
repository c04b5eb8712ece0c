import type { Redis } from 'ioredis'

/** Channels have the prefix of the keys in front, so that two runs on one server don't hear each other. */
export const channelName = (redis: Redis, channel: string) =>
  `${redis.options.keyPrefix ?? ''}${channel}`

/** As JSON, to whoever listens now. Throws while Redis is away: nobody has heard it then. */
export async function publish(redis: Redis, channel: string, message: unknown): Promise<void> {
  await redis.publish(channelName(redis, channel), JSON.stringify(message))
}
