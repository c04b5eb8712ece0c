/** What a crash or a loss can come between. A simulation that never saw one of them shows nothing of it. */
export const crashes = {
  'no answer to the buyer': 'the gateway ended, or its answer was lost',
  'no answer from Redis': 'reserve.lua ran, its answer was lost, the client sends it again',
  'read, not recorded': 'a ledger writer ended before its commit',
  'ledger commit, no acknowledgement': 'a ledger writer ended between the two',
  'published, not marked': 'an outbox relay ended between the two',
  'consumed, offset not committed': 'a consumer ended between the two',
  'released, units not back': 'the returner ended before its script, or before its mark',
  'rebuild stopped half-way': 'its process ended between two of its steps',
  'two rebuilds at once': 'one of them had lost its lock, and did not know',
  'callback lost': 'the bank captured, and said so to nobody',
  'callback twice': 'the bank called again, though it had been answered',
  'money after the cancel': 'the order had ended when the capture was told',
  'refund, no answer': 'the bank sent the money back, its answer was lost',
  'Redis restarted': 'with what was on disk, and as another server',
  'Redis lost its tail': 'not all had been on disk',
  'Redis lost holds': 'among what it lost were holds that the ledger had not seen',
  'Redis lost everything': 'it came back empty',
  'Redis’ clock stepped back': 'by less than the time of an attempt',
  'Kafka away': 'nothing can be published or read for a while',
  'Postgres restarted': 'every transaction and everybody’s place in their work was lost',
} as const

export type Crash = keyof typeof crashes
export const crashNames = Object.keys(crashes) as Crash[]
