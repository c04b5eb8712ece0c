/**
 * Plays a k6 script without k6: the same code and real requests, but one buyer after the other, so that
 * it loads nothing. It shows that a script's calls, answers and summary fit the system and the command.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Load } from './schedule.ts'

const attemptsMax = 1_000
const thresholdsMissed = 99

registerHooks({
  resolve(specifier, context, next) {
    const name = /^k6(?:\/(\w+))?$/.exec(specifier)
    if (!name) return next(specifier, context)
    return { url: new URL(`./${name[1] ?? 'k6'}.ts`, import.meta.url).href, shortCircuit: true }
  },
})

const args = process.argv.slice(2)
const told = args[args.indexOf('--console-output') + 1] ?? '/dev/stdout'
Object.assign(globalThis, {
  __ENV: process.env,
  open: (file: string) => readFileSync(file, 'utf8'),
})
console.log = (line: string) => appendFileSync(told, `${line}\n`)

const { scenario } = await import('./execution.ts')
const { addSample, isOver, summarize } = await import('./registry.ts')
const { sleep } = await import('./k6.ts')
const { dueTimes } = await import('./schedule.ts')
const script = await import(pathToFileURL(resolve(args.at(-1) ?? '')).href)
const { scenarios, thresholds } = script.options
const [load = {}] = Object.values<Load>(scenarios)

const beganAt = performance.now()
const sale = JSON.parse(JSON.stringify(script.setup()))
const startedAt = performance.now()
for (const dueMs of dueTimes(load).take(attemptsMax)) {
  if (isOver(thresholds, performance.now() - beganAt)) break
  sleep(Math.max(0, dueMs - (performance.now() - startedAt)) / 1_000)
  script.default(sale)
  addSample('iterations', 'counter', 1)
  scenario.iterationInTest++
}

const summary = summarize(thresholds, performance.now() - startedAt)
const files: Record<string, string> = script.handleSummary({ ...summary, setup_data: sale })
for (const [file, text] of Object.entries(files)) {
  if (file === 'stdout') process.stdout.write(text)
  else writeFileSync(file, text)
}
const rules = Object.values<{ thresholds?: Record<string, { ok: boolean }> }>(summary.metrics)
const isMissed = rules.some(({ thresholds = {} }) =>
  Object.values(thresholds).some(({ ok }) => !ok),
)
process.exit(isMissed ? thresholdsMissed : 0)
