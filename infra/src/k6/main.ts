import { rmSync, writeFileSync } from 'node:fs'
import { page } from '../../../load-tests/k6/page.ts'
import { attemptsOf } from '../../../load-tests/k6/sizes.ts'
import type { Story } from '../../../load-tests/k6/story.ts'
import type { Summary } from '../../../load-tests/k6/summary.ts'
import type { Sale } from '../../../load-tests/k6/told-lines.ts'
import { commit, machine } from '../machine.ts'
import { PlainError } from '../plain-error.ts'
import { findK6, type K6 } from './k6-program.ts'
import { type K6Options, readK6Options } from './options.ts'
import { booksOf, judge, type Result } from './result.ts'
import { runK6, thresholdsMissed } from './run-k6.ts'
import { settle } from './settle.ts'
import { summaryOf } from './summary-of-tale.ts'
import { resultText } from './tables.ts'
import { openTarget, type Target } from './target.ts'
import { readTale, type Tale } from './told.ts'

/** A load test by k6, then the books. Exit 1: books or a 202 do not hold; 99: only thresholds were missed. */
export async function k6(args: string[]): Promise<number> {
  const options = readK6Options(args)
  const program = options.told === undefined ? findK6(options) : undefined
  const target = await openTarget(options.url)
  let keep = true
  try {
    const date = new Date().toISOString()
    const run = program ? await load(program, target, options) : await toldBefore(target, options)
    const command = `./dev k6 ${args.join(' ')}`
    const about = { commit: commit(), command, date, machine: machine() }
    const result = await settled(run, target, { ...about, ...sized(options) })
    if (run.folder && result.exitCode === 1) console.error(`what k6 told is kept in ${run.folder}`)
    else if (run.folder) rmSync(run.folder, { recursive: true })
    console.log(resultText(result))
    if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`)
    if (options.html) writeFileSync(options.html, page(storyOf(result)))
    keep = result.exitCode === 1
    return result.exitCode
  } finally {
    await target.stop({ keep })
  }
}

const sized = ({ script, sizes }: K6Options) => ({ script, sizes })

/** What is to be judged, by whatever it was made. */
type Run = {
  generator: string
  k6ExitCode: number
  sale: Sale
  summary: Summary
  tale: Tale
  tokens: readonly string[]
  folder?: string
}

async function load({ path, words }: K6, target: Target, options: K6Options): Promise<Run> {
  const { url, adminToken } = target
  const tokens = target.buyers(attemptsOf(options.script, options.sizes))
  const { code, summary, toldFile, folder } = await runK6({
    path,
    options,
    url,
    adminToken,
    tokens,
  })
  const tale = await readTale(toldFile)
  const { sale } = tale
  if (!sale) throw new PlainError(`k6 ended with ${code} before it had a sale`)
  const known = { generator: words, k6ExitCode: code, sale, tale, tokens, folder }
  return { ...known, summary: summary ?? summaryOf(tale) }
}

async function toldBefore(target: Target, { told = '' }: K6Options): Promise<Run> {
  const tale = await readTale(told)
  const { sale } = tale
  if (!sale) throw new PlainError(`${told} tells of no sale`)
  const summary = summaryOf(tale)
  const k6ExitCode = summary.rules.every(({ isMet }) => isMet) ? 0 : thresholdsMissed
  const generator = 'k6, in a run that was over; figures are those of all its answers'
  return {
    generator,
    k6ExitCode,
    sale,
    summary,
    tale,
    tokens: target.buyers(Number.POSITIVE_INFINITY),
  }
}

type About = Pick<Result, 'commit' | 'command' | 'date' | 'machine' | 'script' | 'sizes'>

async function settled({ tale, tokens, ...run }: Run, target: Target, about: About) {
  const { url, adminToken } = target
  const { generator, k6ExitCode, sale, summary } = run
  const { receipts } = tale
  const { paymentWindowSeconds } = about.sizes
  const saleId = sale.id
  const wanted = { url, adminToken, tokens, saleId, receipts, paymentWindowSeconds }
  const facts = { ...about, generator, k6ExitCode, sale, summary, settled: await settle(wanted) }
  return judge(facts, tale, target.died())
}

export function storyOf(result: Result): Story {
  const { script, sizes, date, generator, summary, commit, command, seconds } = result
  const { cpus, cpuModel, memoryGiB } = result.machine
  const { soldOutAfterMs, breaksAt } = result
  return {
    ...{ script, sizes, date, generator, summary, commit, command, seconds },
    ...{ soldOutAfterMs, breaksAt },
    saleId: result.sale.id,
    machine: `${cpus} cores (${cpuModel}), ${memoryGiB} GiB, shared by servers and generator`,
    books: booksOf(result),
  }
}
