/**
 * Channels of Redis' pub/sub, behind the key prefix of the run. A message can be lost: whoever
 * listens also reads what it is about, after each connection and again and again.
 */
export const channels = {
  sales: 'broadcast:sales',
  bans: 'broadcast:bans',
  config: 'broadcast:config',
} as const
export type Channel = (typeof channels)[keyof typeof channels]

/** What inventory keeps in Redis of the runtime configuration: version and document (hash). */
export const CONFIG_KEY = '{config}:stored'
