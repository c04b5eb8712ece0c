import type { Recovery } from './recover-ledger.ts'

const EXAMPLES_SHOWN = 5

/** For a person: what came back, from where, and what has to be looked at, money first. */
export function recoveryTable({ wonBack, open, seconds }: Recovery): string {
  const width = Math.max(0, ...wonBack.map(({ kind }) => kind.length))
  const won = wonBack.map(({ service, kind, from, count }) => {
    return `  ${String(count).padStart(7)}  ${kind.padEnd(width)}  ${service}, from ${from}`
  })
  const matters = open.flatMap(({ weight, what, count, examples, service }) => [
    `  ${weight.toUpperCase()}  ${count} × ${what} (${service})`,
    ...examples.slice(0, EXAMPLES_SHOWN).map((facts) => `      ${JSON.stringify(facts)}`),
    ...(count > EXAMPLES_SHOWN ? ['      … more with --json'] : []),
  ])
  return [
    won.length > 0 ? 'won back' : 'nothing was lost that others knew of',
    ...won,
    open.length > 0 ? 'for a person' : 'nothing is left for a person',
    ...matters,
    `${seconds} s`,
  ].join('\n')
}
