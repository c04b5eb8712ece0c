import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createDb } from '@flashsale/service-kit/db.ts'
import { testDatabase } from '@flashsale/test-kit/db.ts'
import { eventually } from '@flashsale/test-kit/wait.ts'

const program = fileURLToPath(new URL('../src/migrate/main.ts', import.meta.url))

/** The program that a job and the init containers run, with nothing but a database in its environment. */
function migrate(t: TestContext, databaseUrl: string, ...args: string[]) {
  const env = { PATH: process.env.PATH, DATABASE_URL: databaseUrl }
  const child = spawn(process.execPath, [program, ...args], { env, stdio: 'pipe' })
  t.after(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  child.stdout.on('data', (chunk) => lines.push(String(chunk)))
  const ended = Promise.all([once(child, 'exit'), text(child.stderr)])
  return { lines, ended: ended.then(([[code], errors]) => ({ code, errors })), child }
}

test('instances of a release wait until its job has migrated, and the job runs once', async (t) => {
  const url = await testDatabase(t)
  const waiting = [migrate(t, url, '--wait'), migrate(t, url, '--wait')]
  for (const { lines } of waiting) {
    await eventually('it to wait', () => lines.join('').includes('waits for the migrations'))
  }
  assert.ok(waiting.every(({ child }) => child.exitCode === null))
  const jobs = await Promise.all([migrate(t, url).ended, migrate(t, url).ended]) // Kubernetes may start two
  assert.deepEqual(jobs, [
    { code: 0, errors: '' },
    { code: 0, errors: '' },
  ])
  for (const { ended } of waiting) assert.deepEqual(await ended, { code: 0, errors: '' })

  const db = createDb(url)
  t.after(db.close)
  const { rows } = await db.query<{ name: string }>('select name from migrations order by name')
  assert.ok(rows.some(({ name }) => name === '0001-orders.sql'))
  assert.ok(rows.some(({ name }) => name === '0001-timeline.sql'))
})

test('a job without an address ends with a line that says so', async (t) => {
  const { code, errors } = await migrate(t, 'nowhere').ended
  assert.equal(code, 1)
  assert.match(errors, /DATABASE_URL/)
})
