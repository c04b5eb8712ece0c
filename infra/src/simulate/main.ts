import { writeFileSync } from 'node:fs'
import { commit, machine } from '../machine.ts'
import { domain } from './domain.ts'
import { readSimulateOptions, type SimulateOptions } from './options.ts'
import { playSales } from './play-sales.ts'
import { hasPassed, page, type Summary } from './tables.ts'

/** Sales from seeds, every effect a step, with all that can come between; or what breaks without a rule. */
export async function simulate(args: string[]): Promise<number> {
  const options = readSimulateOptions(args)
  const about = {
    commit: commit(),
    command: `./dev simulate ${args.join(' ')}`.trim(),
    date: new Date().toISOString(),
    machine: machine(),
    seed: options.seed,
  }
  const summary: Summary =
    options.without.length > 0
      ? { ...about, ...withoutEach(options) }
      : { ...about, ...all(options) }
  console.log(page(summary))
  if (options.json) writeFileSync(options.json, `${JSON.stringify(summary, null, 2)}\n`)
  return summary.passed ? 0 : 1
}

const tell = (line: string) => console.error(line)

function all({ seed, sales, minutes }: SimulateOptions) {
  const outcome = playSales({ domain, seed, sales, minutes, tell })
  return { outcome, passed: hasPassed(outcome) }
}

/** Each has to break something, else the simulation would not miss the rule. */
function withoutEach({ seed, sales, minutes, without }: SimulateOptions) {
  const played = without.map((rule) => {
    console.error(`without ${rule}`)
    return { rule, outcome: playSales({ domain, seed, sales, minutes, without: rule, tell }) }
  })
  return { without: played, passed: played.every(({ outcome }) => outcome.broken !== undefined) }
}
