import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { build } from 'esbuild'
import { parse, parseAllDocuments } from 'yaml'
import { isPromised, readAnswer } from '../../../load-tests/k6/outcome.ts'
import { attemptsOf, scriptNames, sizesOf } from '../../../load-tests/k6/sizes.ts'
import { type K6Data, readSummary } from '../../../load-tests/k6/summary.ts'
import {
  readAnswerLine,
  readSaleLine,
  writeAnswerLine,
  writeSaleLine,
} from '../../../load-tests/k6/told-lines.ts'
import { root } from '../../src/checkout.ts'
import { findOnPath } from '../../src/parts/find-on-path.ts'

const folder = join(root, 'load-tests/k6')
const problem = (code: string) => JSON.stringify({ type: `urn:flashsale:problem:${code}` })

test('an answer is what the contract calls it; anything else is a fault', () => {
  const orderId = '0198c0de-0000-8000-8000-000000000001'
  const accepted = JSON.stringify({ orderId, status: 'accepted' })
  assert.deepEqual(readAnswer(202, accepted), { outcome: 'accepted', orderId })
  assert.deepEqual(readAnswer(202, '{"status":"unconfirmed"}'), { outcome: 'unconfirmed' })
  const said = (status: number, code: string) => readAnswer(status, problem(code)).outcome
  assert.equal(said(409, 'sold-out'), 'sold-out')
  assert.equal(said(409, 'limit-reached'), 'limit-reached')
  assert.equal(said(409, 'sale-not-open'), 'not-open')
  assert.equal(said(429, 'rate-limited'), 'rate-limited')
  assert.equal(said(503, 'try-later'), 'try-later')
  const faults = [
    readAnswer(0, ''),
    readAnswer(500, problem('internal')),
    readAnswer(503, '<html>'),
    readAnswer(409, problem('not-payable')),
    readAnswer(200, problem('sold-out')),
    readAnswer(200, accepted),
    readAnswer(202, 'null'),
  ]
  assert.deepEqual(
    faults.filter(({ outcome }) => isPromised(outcome)),
    [],
  )
})

test('what a script tells is read again, whatever the logger puts around it', () => {
  const told = {
    outcome: 'accepted',
    atMs: 1_204,
    tookMs: 12.34,
    iteration: 7,
    orderId: '0198c0de-0000-8000-8000-000000000001',
  } as const
  const line = writeAnswerLine(told)
  assert.deepEqual(readAnswerLine(line), told)
  assert.deepEqual(readAnswerLine(`time="2026" level=info msg="${line}" source=console`), told)
  const { orderId: _, ...refused } = { ...told, outcome: 'sold-out', atMs: -3 } as const
  assert.deepEqual(readAnswerLine(writeAnswerLine(refused)), refused)
  assert.equal(readAnswerLine('fs:whatever 1 2.00 3 -'), undefined)
  const sale = { id: '0198c0de-0000-7000-8000-000000000002', opensAtMs: 1_800_000_000_000 }
  assert.deepEqual(readSaleLine(writeSaleLine(sale)), sale)
})

test("k6's summary is read by its names; what nobody was told has no latency", () => {
  const data: K6Data = {
    state: { testRunDurationMs: 20_000.4 },
    metrics: {
      iterations: { values: { count: 30, rate: 1 } },
      dropped_iterations: { values: { count: 2, rate: 0.1 } },
      vus_max: { values: { value: 9, min: 4, max: 9 } },
      answers_accepted: { values: { count: 10 } },
      answers_sold_out: { values: { count: 20 } },
      accepted: {
        values: { count: 10, avg: 60, med: 5, 'p(95)': 90, 'p(99)': 95, 'p(99.9)': 99, max: 99.5 },
        thresholds: { 'avg<50': { ok: false }, 'p(99.9)<1000': { ok: true } },
      },
      sold_out: { values: { count: 0, avg: 0 }, thresholds: { 'avg<50': { ok: true } } },
      checks: {
        values: { rate: 0.9, passes: 27, fails: 3 },
        thresholds: { 'rate>0.999': { ok: false } },
      },
    },
  }
  const summary = readSummary(data)
  assert.deepEqual(summary.answers, { accepted: 10, 'sold-out': 20 })
  assert.equal(summary.attempts, 30)
  assert.equal(summary.dropped, 2)
  assert.equal(summary.vusMax, 9)
  assert.equal(summary.accepted?.p999Ms, 99)
  assert.equal(summary.soldOut, undefined)
  assert.deepEqual(summary.checks, { passed: 27, failed: 3 })
  assert.deepEqual(
    summary.rules.map(({ metric, rule, value, isMet }) => [metric, rule, value, isMet]),
    [
      ['accepted', 'avg<50', 60, false],
      ['accepted', 'p(99.9)<1000', 99, true],
      ['sold_out', 'avg<50', 0, true],
      ['checks', 'rate>0.999', 0.9, false],
    ],
  )
})

test('no unit comes back while it is measured, but in a soak', () => {
  for (const script of scriptNames) {
    const sizes = sizesOf(script, {})
    const isLonger = sizes.paymentWindowSeconds > sizes.seconds
    assert.equal(isLonger, script !== 'soak', script)
  }
  assert.equal(sizesOf('spike', { peakPerSecond: 9 }).stock, 1_000)
  assert.equal(attemptsOf('spike', sizesOf('spike', {})), 30_000)
  assert.equal(attemptsOf('breakpoint', sizesOf('breakpoint', {})), 50_000)
})

test('every file that a script needs is in the ConfigMap of the operator, in one flat folder', () => {
  const text = readFileSync(join(folder, 'kustomization.yaml'), 'utf8')
  const [map] = parse(text).configMapGenerator
  const listed = new Set<string>(map.files)
  const scripts = globSync('*.ts', { cwd: folder })
  const needed = new Set(scriptNames.map((name) => `${name}.ts`))
  for (const file of needed) {
    for (const [, path = ''] of readFileSync(join(folder, file), 'utf8').matchAll(
      /from '(\.[^']+)'/g,
    )) {
      assert.equal(dirname(path), '.', `${file} imports ${path}`)
      assert.match(path, /\.ts$/)
      needed.add(basename(path))
    }
  }
  assert.deepEqual([...listed].sort(), [...needed].sort())
  assert.deepEqual(scripts.sort(), [...needed].sort(), 'a file that no script needs')
  const bytes = [...listed].reduce((sum, file) => sum + readFileSync(join(folder, file)).length, 0)
  assert.ok(bytes < 1_000_000, `${bytes} bytes: a ConfigMap takes one million`)
})

test("a script needs nothing but k6's own modules, in a language that k6's compiler reads", async () => {
  const { metafile, warnings } = await build({
    entryPoints: scriptNames.map((name) => join(folder, `${name}.ts`)),
    bundle: true,
    write: false,
    metafile: true,
    outdir: '/nowhere',
    format: 'esm',
    platform: 'neutral',
    external: ['k6', 'k6/*'],
    logLevel: 'silent',
  })
  assert.deepEqual(warnings, [])
  const needed = Object.values(metafile.outputs).flatMap(({ imports }) => imports)
  const strange = needed.filter(({ path }) => !/^k6(\/[a-z]+)?$/.test(path))
  assert.deepEqual(strange, [])
  assert.ok(needed.length > 0)
})

const kubectl = findOnPath('kubectl')
const skip = kubectl ? false : 'kubectl is not here'

test('the manifest for k6-operator is one that kustomize builds', { skip }, () => {
  const args = ['kustomize', join(root, 'load-tests/k6-operator')]
  const { stdout, stderr } = spawnSync(kubectl ?? '', args, { encoding: 'utf8' })
  const documents = parseAllDocuments(stdout).map((document) => document.toJS())
  const run = documents.find(({ kind }) => kind === 'TestRun') ?? assert.fail(stderr)
  const maps = documents.filter(({ kind }) => kind === 'ConfigMap')
  const { script, runner } = run.spec
  const files = maps.find(({ metadata }) => metadata.name === script.configMap.name)
  assert.ok(script.configMap.file in files.data)
  assert.ok(maps.some(({ metadata }) => metadata.name === runner.envFrom[0].configMapRef.name))
  const mounted = runner.volumeMounts.find(({ name }: { name: string }) => name === 'tokens')
  assert.ok(runner.env[0].value.startsWith(`${mounted.mountPath}/`))
})
