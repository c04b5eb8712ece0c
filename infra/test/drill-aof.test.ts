import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { aofFile, cutAof, markAof } from '../src/drill/aof-tail.ts'
import { temporaryFolder } from './fake-part.ts'

function redisFolder(t: TestContext, manifest: string): string {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'appendonlydir'))
  writeFileSync(join(folder, 'appendonlydir', 'appendonly.aof.manifest'), manifest)
  return folder
}

test('what Redis appended after the mark is cut off, and all before it stays', (t) => {
  const folder = redisFolder(
    t,
    'file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n',
  )
  const file = join(folder, 'appendonlydir', 'appendonly.aof.1.incr.aof')
  writeFileSync(file, 'first order, ')
  const mark = markAof(folder)
  appendFileSync(file, 'second order')

  assert.equal(cutAof(mark).toString(), 'first order, ')
  assert.equal(cutAof(mark).toString(), 'first order, ') // again: nothing more to lose
})

test('after a rewrite the newest of its files is the one that Redis appends to', (t) => {
  const folder = redisFolder(
    t,
    [
      'file appendonly.aof.10.base.rdb seq 10 type b',
      'file appendonly.aof.9.incr.aof seq 9 type h',
      'file appendonly.aof.10.incr.aof seq 10 type i',
      'file appendonly.aof.9.incr.aof seq 9 type i',
    ].join('\n'),
  )
  assert.match(aofFile(folder), /appendonly\.aof\.10\.incr\.aof$/)
})
