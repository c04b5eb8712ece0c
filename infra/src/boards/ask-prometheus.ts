import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownStateDir, root } from '../checkout.ts'
import { runningSystem } from '../commands/running.ts'
import { commit, machine } from '../machine.ts'
import { findOrInstall, type Tool } from '../parts/tools.ts'
import { PlainError } from '../plain-error.ts'
import type { Addresses } from '../stack/settings.ts'
import { waitUntil } from '../wait-until.ts'
import { expressionsOf } from './expressions.ts'
import { dashboards } from './made-files.ts'

const address = '127.0.0.1:9091'
const services = ['gateway', 'inventory', 'order', 'payment'] as const
const seenWithinMs = 60_000
const watchMs = 40_000

// biome-ignore lint/suspicious/noExplicitAny: each path has a shape of its own
type Answer = { status: string; error?: string; data: any }
const nowhereElse = 'no other registry has it'
const prometheusTool: Tool = {
  name: 'prometheus',
  aptPackages: ['prometheus'],
  brew: 'prometheus',
  instead: 'put it on PATH',
  fallback: {
    what: nowhereElse,
    kept: () => undefined,
    whyNot: () => nowhereElse,
    fetch: () => {
      throw new PlainError(nowhereElse)
    },
  },
}

type Rule = { name: string; health: string; lastError?: string; state?: string }

/**
 * Prometheus itself beside a running system: whether it reads all four services, evaluates each rule and
 * answers each query of each board. Told too: which queries found nothing, for lack of traffic or for ever.
 */
export async function askPrometheus(jsonFile: string | undefined): Promise<number> {
  const { to } = runningSystem()
  const folder = ownStateDir('prometheus')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'prometheus.yml'), configOf(to))
  const program = findOrInstall(prometheusTool)
  const args = ['--config.file=prometheus.yml', '--storage.tsdb.path=data', '--log.level=warn']
  const server = spawn(program, [...args, `--web.listen-address=${address}`], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
  })
  try {
    await waitUntil('Prometheus to reach every service', allUp, seenWithinMs)
    await new Promise((resolve) => setTimeout(resolve, watchMs)) // for rates to be of something
    const result = { commit: commit(), date: new Date().toISOString(), machine: machine() }
    const told = { ...result, ...(await ask()) }
    console.log(JSON.stringify(told, null, 2))
    if (jsonFile) writeFileSync(jsonFile, `${JSON.stringify(told, null, 2)}\n`)
    return told.rules.broken.length + told.queries.broken.length === 0 ? 0 : 1
  } finally {
    server.kill()
  }
}

async function ask() {
  const { groups }: { groups: { rules: Rule[] }[] } = await get('rules')
  const rules = groups.flatMap((group) => group.rules)
  const answers = await Promise.all(
    Object.entries(dashboards()).flatMap(([board, made]) =>
      expressionsOf(made).map(async (expr) => ({ board, expr, found: await countOf(expr) })),
    ),
  )
  const broken = answers.filter(({ found }) => found === undefined)
  const empty = answers.filter(({ found }) => found === 0)
  return {
    rules: {
      evaluated: rules.length,
      broken: rules.filter(({ health }) => health !== 'ok'),
      firing: rules.filter(({ state }) => state === 'firing').map(({ name }) => name),
    },
    queries: { answered: answers.length - broken.length, broken, empty },
  }
}

/** Series that it finds; undefined when it is no query. */
const countOf = async (expr: string): Promise<number | undefined> =>
  (await get(`query?query=${encodeURIComponent(expr)}`).catch(() => undefined))?.result.length

async function get(path: string) {
  const answer = await fetch(`http://${address}/api/v1/${path}`)
  const { status, data, error } = (await answer.json()) as Answer
  if (status !== 'success') throw new Error(error)
  return data
}

async function allUp(): Promise<boolean> {
  const up = await get('query?query=sum(up)').catch(() => undefined)
  return Number(up?.result[0]?.value[1]) >= services.length
}

function configOf(to: Addresses): string {
  const jobs = services.map((name) => {
    const targets = to[name].split(',').map((url) => new URL(url).host)
    return { job_name: name, static_configs: [{ targets }] }
  })
  const ruleFiles = ['rules.yml', 'objectives.yml'].map((file) =>
    join(root, 'infra/prometheus', file),
  )
  const global = { scrape_interval: '5s', evaluation_interval: '5s' } // as in prometheus.yml
  return JSON.stringify({ global, rule_files: ruleFiles, scrape_configs: jobs })
}
