import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { httpReady } from '../src/parts/ready.ts'
import type { Part } from '../src/supervisor/part.ts'

/** A process that answers on its port, or one that ends at once. */
export function fakePart(name: string, port: number, more: Partial<Part> = {}): Part {
  const url = `http://127.0.0.1:${port}`
  const server = `require('node:http').createServer((_, r) => r.end()).listen(${port}, '127.0.0.1')`
  return {
    name,
    kind: 'service',
    url,
    command: process.execPath,
    args: ['-e', server],
    env: {},
    cwd: '/',
    needs: [],
    stopRank: 1,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 2_000,
    ready: () => httpReady(url),
    ...more,
  }
}

/** Removed at the end of the test, after `first`. */
export function temporaryFolder(t: TestContext, first?: () => Promise<unknown>): string {
  const folder = mkdtempSync(join(tmpdir(), 'flashsale-test-'))
  t.after(async () => {
    await first?.()
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}
