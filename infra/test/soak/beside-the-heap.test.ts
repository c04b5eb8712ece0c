import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { besideTheHeapMiB } from '../../src/soak/beside-the-heap.ts'

const mapping = (range: string, rights: string, pssKiB: number, name = '') =>
  `${range} ${rights} 00000000 00:00 0 ${name}\nSize: 8 kB\nRss: 9 kB\nPss: ${pssKiB} kB\nPss_Dirty: 1 kB`

test('pages of the heap are left out; files, stacks, malloc and its arenas are not', () => {
  const smaps = [
    mapping('00400000-06b00000', 'r-xp', 1_024, '/usr/bin/node'),
    mapping('0a000000-0c000000', 'rw-p', 2_048, '[heap]'),
    mapping('1c0000040000-1c0000080000', 'rw-p', 100_000), // a page of V8's
    mapping('1c0000100000-1c0000400000', 'rw-p', 200_000), // several, side by side
    mapping('7f0000000000-7f0000200000', 'rw-p', 4_096), // an arena of malloc's,
    mapping('7f0000200000-7f0004000000', '---p', 0), // and what it has not begun of its 64 MiB
    mapping('7f0010001000-7f0010101000', 'rw-p', 1_024), // a stack, or a large piece of malloc's
    mapping('7ffc00000000-7ffc00021000', 'rw-p', 1_024, '[stack]'),
  ]
  assert.equal(besideTheHeapMiB(smaps.join('\n')), 9)
})

test('of a real process: what its heap takes is not in it, and what malloc gave is', async (t) => {
  const small = await besideOf(t, '[]')
  // Numbers alone: of many small objects the collector keeps lists of its own, in malloc's memory, some runs 40 MiB.
  const heap = await besideOf(t, 'Array.from({ length: 16_384 }, () => new Array(1_024).fill(0.5))')
  const buffers = await besideOf(t, 'Array.from({ length: 640 }, () => Buffer.alloc(102_400, 1))')
  assert.ok(heap - small < 32, `${heap} with 128 MiB on the heap, ${small} without`)
  assert.ok(buffers - small > 50, `${buffers} with 62 MiB of buffers, ${small} without`)
})

async function besideOf(t: { after(work: () => void): void }, kept: string): Promise<number> {
  const script = `globalThis.kept = ${kept}; console.log('kept'); process.stdin.resume()`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill())
  await once(child.stdout, 'data')
  return besideTheHeapMiB(readFileSync(`/proc/${child.pid}/smaps`, 'utf8'))
}
