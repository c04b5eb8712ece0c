import { activeIds } from '@flashsale/tracing/spans.ts'

/** A log line is an object and a fixed sentence. Fastify's `app.log` is one of these. */
export type Log = {
  debug(facts: object, sentence: string): void
  info(facts: object, sentence: string): void
  warn(facts: object, sentence: string): void
  error(facts: object, sentence: string): void
}

const levels = { debug: 20, info: 30, warn: 40, error: 50 }
type Level = keyof typeof levels

/** For what starts before the app has its logger: the same JSON lines. */
export function createLog(name: string, lowest: Level = 'info'): Log {
  const line = (level: Level) => (facts: object, sentence: string) => {
    if (levels[level] < levels[lowest]) return
    const entry = {
      level: levels[level],
      time: Date.now(),
      name,
      ...activeIds(),
      ...readable(facts),
      msg: sentence,
    }
    process.stdout.write(`${JSON.stringify(entry)}\n`)
  }
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}

/** Errors have no enumerable fields: without this they would be logged as `{}`. */
function readable(facts: object) {
  return Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, plain(fact)]))
}

function plain(fact: unknown) {
  if (!(fact instanceof Error)) return fact
  const { name, message, stack } = fact
  return { ...withoutArguments(fact), type: name, message, stack }
}

/** What of an error is never logged, as paths of the logger of the app. */
export const unlogged = ['err.command.args', 'err.previousErrors']

type Sent = { command?: { name: string }; previousErrors?: unknown }

/** The client of Redis hangs on its errors what was sent: of AUTH and HELLO that is a password. */
function withoutArguments(error: Error): object {
  const { command, previousErrors: _ofCommands, ...facts } = error as Error & Sent
  return command ? { ...facts, command: { name: command.name } } : facts
}
