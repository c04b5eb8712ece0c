import { type Action, type Answers, actions, NOTHING } from './actions.ts'
import { noteOf } from './notes.ts'
import type { Scene } from './scenes.ts'

export const WRITE = 'FLASHSALE_WRITE_DOCS=1 ./dev test resilience'

export type Played = { scene: Scene; answers: Answers; ends: string }
type Verdict = 'works' | 'degraded' | 'refused' | typeof NOTHING

const head = (calm: Answers) => `# Resilience

What each call answers while something that it may need is away. Every cell was seen: [a
test](../infra/test/resilience/resilience.test.ts) in \`./dev test\` runs the whole system, takes away one thing after
another, makes these calls, brings it back until all that was begun has its end, and compares what it saw with this
file. It fails when they differ. This file is written by that run, not by hand:

    ${WRITE}

- **works**: the answer of a calm day.
- **degraded**: answered with less than on a calm day, and the rest comes later.
- **refused**: a problem document says so; \`503\` comes with \`Retry-After\`. Nothing is taken, charged or lost.

In the first moments, before the services know, an attempt may be \`202 unconfirmed\`: what was sent is not known to
have failed, and is looked up (P8). The cells show what is answered from then on.

How calls between services are bounded (deadlines, retries, circuits) is [decision
20](decisions/0020-a-circuit-counts-failures-in-a-row.md).

${table(
  ['', 'calm day'],
  actions.map((action) => [action, `\`${calm[action]}\``]),
)}
`

/** The whole of docs/resilience.md. */
export function documentOf(calm: Answers, played: Played[]): string {
  const columns = ['', ...played.map(({ scene }) => scene.name)]
  const rows = actions.map((action) => [
    action,
    ...played.map(({ answers }) => verdict(action, calm, answers)),
  ])
  const sections = played.map((one) => section(calm, one))
  return [head(calm), `## What is away\n\n${table(columns, rows)}\n`, ...sections].join('\n')
}

/** Cells that are not as on a calm day and don't say why. */
export function unexplained(calm: Answers, played: Played[]): string[] {
  return played.flatMap(({ scene, answers }) =>
    actions.flatMap((action) => {
      const differs = ['degraded', 'refused'].includes(verdict(action, calm, answers))
      const isSilent = noteOf(scene.name, action) === ''
      return differs && isSilent ? [`${scene.name}: ${action}: ${answers[action]}`] : []
    }),
  )
}

function verdict(action: Action, calm: Answers, answers: Answers): Verdict {
  const answer = answers[action]
  if (answer === NOTHING) return NOTHING
  if (answer === calm[action]) return 'works'
  return answer.startsWith('2') ? 'degraded' : 'refused'
}

function section(calm: Answers, { scene, answers, ends }: Played): string {
  const rows = actions.flatMap((action) => {
    const [seen, note] = [verdict(action, calm, answers), noteOf(scene.name, action)]
    const isPlain = seen === NOTHING || (seen === 'works' && note === '')
    return isPlain ? [] : [[action, seen, `\`${answers[action]}\``, note]]
  })
  const others = rows.length === 0 ? 'Everything works.' : table(['', '', 'answer', 'why'], rows)
  return `## ${scene.name}: ${scene.how}

${others}

${scene.after ?? 'When it is back'}: ${ends}.
`
}

function table(columns: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n')
}
