/**
 * Plays a k6 script without k6: the same code and real requests, but one buyer after the other, so that
 * it loads nothing. It shows that a script's calls, answers and summary fit the system and the command.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

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
const { addSample, summarize } = await import('./registry.ts')
const { sleep } = await import('./k6.ts')
const script = await import(pathToFileURL(resolve(args.at(-1) ?? '')).href)
const [load] = Object.values<Load>(script.options.scenarios)
type Load = { rate?: number; duration?: string; stages?: { target: number; duration: string }[] }

const stages = load?.stages ?? [{ target: load?.rate ?? 0, duration: load?.duration ?? '0s' }]
const perSecond = stages.at(-1)?.target ?? 0
const seconds = stages.reduce((sum, { duration }) => sum + Number.parseInt(duration, 10), 0)
const attempts = Math.min(perSecond * seconds, attemptsMax)

const sale = JSON.parse(JSON.stringify(script.setup()))
const startedAt = performance.now()
for (; scenario.iterationInTest < attempts; scenario.iterationInTest++) {
  const dueMs = (1_000 * scenario.iterationInTest) / perSecond
  sleep(Math.max(0, dueMs - (performance.now() - startedAt)) / 1_000)
  script.default(sale)
  addSample('iterations', 'counter', 1)
}

const summary = summarize(script.options.thresholds, performance.now() - startedAt)
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
