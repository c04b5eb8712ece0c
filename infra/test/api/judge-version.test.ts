import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Change, neededStep, stepBetween, versionFault } from '../../src/api/judge-version.ts'

const change = (level: Change['level']): Change => ({ level, call: 'GET /v1/sales', text: 'it' })
const addition = change('addition')
const breaking = change('breaking')

test('what can break a client needs a major version, what is told otherwise a minor one', () => {
  assert.equal(neededStep([]), 'none')
  assert.equal(neededStep([addition, addition]), 'minor')
  assert.equal(neededStep([addition, breaking, addition]), 'major')
})

test('a step is named by the first part that rose, and nothing else is a step', () => {
  const steps = { '1.2.3': 'none', '1.2.4': 'patch', '1.3.0': 'minor', '2.0.0': 'major' }
  for (const [to, step] of Object.entries(steps)) assert.equal(stepBetween('1.2.3', to), step, to)
  assert.equal(stepBetween('1.9.0', '1.10.0'), 'minor')
  for (const to of ['1.2.2', '1.1.9', '0.9.9', '1.3', '01.3.0', 'v2.0.0', '2.0.0-rc.1', '']) {
    assert.equal(stepBetween('1.2.3', to), undefined, to)
  }
})

test('a version may rise further than it must, and not less', () => {
  const cases: [to: string, changes: Change[], fault: RegExp | undefined][] = [
    ['1.2.3', [], undefined],
    ['1.2.4', [], undefined],
    ['1.2.3', [addition], /need a minor version: 1\.3\.0 or higher, and it is 1\.2\.3/],
    ['1.2.4', [addition], /need a minor version/],
    ['1.3.0', [addition], undefined],
    ['2.0.0', [addition], undefined],
    ['1.3.0', [breaking], /need a major version: 2\.0\.0 or higher, and it is 1\.3\.0/],
    ['2.0.0', [breaking, addition], undefined],
    ['1.1.0', [], /1\.1\.0 is no version that can follow 1\.2\.3/],
    ['1.1.0', [breaking], /can follow/],
  ]
  for (const [to, changes, fault] of cases) {
    const found = versionFault('1.2.3', to, changes)
    if (fault) assert.match(found ?? '', fault)
    else assert.equal(found, undefined, to)
  }
})
