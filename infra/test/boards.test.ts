import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type MetricRow, metricRegistry } from '@flashsale/service-kit/metric-registry.ts'
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { parse } from 'yaml'
import { expressionsOf } from '../src/boards/expressions.ts'
import { madeFiles } from '../src/boards/made-files.ts'
import { root } from '../src/checkout.ts'
import { findOnPath } from '../src/parts/find-on-path.ts'
import { temporaryFolder } from './fake-part.ts'
import type { PlainDashboard } from './grafana-types.ts'
import { knownMetrics } from './prometheus-files.ts'
import { edgesOf, faultsOf } from './promql.ts'

const grafana = join(root, 'infra/grafana')
const files = globSync('dashboards/*.json', { cwd: grafana }).sort()
const read = (file: string): PlainDashboard => JSON.parse(readFileSync(join(grafana, file), 'utf8'))
const boards = files.map((file) => [basename(file, '.json'), read(file)] as const)

const panels = boards.flatMap(([name, { panels }]) =>
  panels.flatMap((panel) => (panel.type === 'row' ? [] : [{ name, ...panel }])),
)
const expressions = boards.flatMap(([, board]) => expressionsOf(board as Dashboard))

test('what is made from the registry and the boards is as `./dev boards` makes it', () => {
  const made = madeFiles()
  assert.equal(made.size, files.length + 1)
  for (const [path, text] of made) {
    assert.equal(readFileSync(join(root, path), 'utf8'), text, `${path}: run ./dev boards`)
  }
})

test("dashboards are of Grafana's types, with the options of each kind of panel", (t) => {
  const all = boards.map(([name, board]) => [name, JSON.stringify(board)] as const)
  assert.equal(complaint(t, all), '')
})

test('a dashboard that Grafana would not understand is found', (t) => {
  const text = readFileSync(join(grafana, 'dashboards/sale.json'), 'utf8').trim()
  const broken = {
    'no kind of panel': text.replace('"timeseries"', '"timeserie"'),
    'no such option': text.replace('"showPoints"', '"showPoint"'),
    'no such value': text.replace('"editorMode": "code"', '"editorMode": "text"'),
    'a number that is text': text.replace('"h": 7', '"h": "7"'),
  }
  const found = complaint(t, [['as it is', text], ...Object.entries(broken)])
  assert.ok(!found.includes('as it is.mts'), found)
  for (const [what, changed] of Object.entries(broken)) {
    assert.notEqual(changed, text)
    assert.ok(found.includes(`${what}.mts`), `${what} is not found`)
  }
})

test('every panel asks for metrics and labels that a service tells', async () => {
  const known = await knownMetrics()
  assert.ok(expressions.length > 60)
  assert.deepEqual(
    expressions.flatMap((expr) => faultsOf(expr, known)),
    [],
  )
  const rows: Record<string, MetricRow> = metricRegistry
  for (const [name, edge] of expressions.flatMap(edgesOf)) {
    assert.ok(rows[name]?.buckets?.includes(edge), name)
  }
})

test('panels have ids of their own, lie beside each other, and ask the data source that is there', () => {
  const { datasources } = parse(
    readFileSync(join(grafana, 'provisioning/datasources/flashsale.yml'), 'utf8'),
  )
  const uids = datasources.map(({ uid }: { uid: string }) => uid)
  for (const [name, { panels, uid }] of boards) {
    assert.equal(uid, `flashsale-${name}`)
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } = { x: 0, y: 0, w: 0, h: 0 } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
    )
    assert.ok(cells.length > 0)
    assert.equal(new Set(cells).size, cells.length, `${name}: panels lie on each other`)
  }
  const asked = panels.flatMap(({ datasource, targets }) => [
    datasource?.uid,
    ...targets.map((target) => target.datasource?.uid),
  ])
  assert.deepEqual(
    asked.filter((uid) => !uids.includes(uid)),
    [],
  )
})

const promtool = findOnPath('promtool')
const skip = promtool ? false : 'promtool is not here (apt: prometheus)'
test('Prometheus itself parses every expression of every panel', { skip }, (t) => {
  const file = join(temporaryFolder(t), 'rules.yml')
  const check = (exprs: string[]) => {
    const rules = exprs.map((expr, index) => ({ record: `panel:${index}`, expr }))
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }))
    return spawnSync(promtool ?? '', ['check', 'rules', file], { encoding: 'utf8' })
  }
  const { status, stdout, stderr } = check(expressions)
  assert.equal(status, 0, stdout + stderr)
  assert.notEqual(check([...expressions, 'sum by (job) rate(up)']).status, 0)
})

/** What the compiler says of dashboards, each in a file of its name. */
function complaint(t: TestContext, named: (readonly [name: string, json: string])[]): string {
  const folder = temporaryFolder(t)
  const types = join(root, 'infra/test/grafana-types.ts')
  for (const [name, json] of named) {
    const text = `import type { PlainDashboard } from '${types}'
export const made = ${json} satisfies PlainDashboard\n`
    writeFileSync(join(folder, `${name}.mts`), text)
  }
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions: { types: [] } }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...config, include: ['*.mts'] }))
  const tsc = join(root, 'node_modules/.bin/tsc')
  const { stdout, stderr } = spawnSync(tsc, ['-p', folder, '--pretty', 'false'], {
    encoding: 'utf8',
  })
  return stdout + stderr
}
