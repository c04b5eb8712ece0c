export const components = [
  'gateway',
  'inventory',
  'order',
  'payment',
  'bank',
  'redis',
  'postgres',
  'kafka',
] as const
export type Component = (typeof components)[number]

/** `killed`: SIGKILL. `frozen`: SIGSTOP for seconds. `promoted`: its replica took over. */
export const ways = ['killed', 'frozen', 'cut off', 'slowed', 'promoted'] as const
export type Way = (typeof ways)[number]
