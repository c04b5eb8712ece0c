import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createApp } from '../src/app.ts'
import { createLog } from '../src/log.ts'

const PASSWORD = 'correct-horse'

/** As the client of Redis makes it when a login fails. */
function refusedLogin() {
  const command = { name: 'auth', args: ['gateway', PASSWORD] }
  const refused = Object.assign(new Error('WRONGPASS invalid username-password pair'), { command })
  return Object.assign(refused, { previousErrors: [{ command }] })
}

test('what a failed command had sent is in no log, and its name is', (t) => {
  const line = written(t, () => {
    createLog('thing').error({ err: refusedLogin() }, 'Redis refused')
  })
  assert.doesNotMatch(line, new RegExp(PASSWORD))
  assert.match(line, /WRONGPASS/)
  assert.match(line, /"command":\{"name":"auth"\}/)
})

test('the log of an app leaves it out too', (t) => {
  const line = written(t, () => {
    const app = createApp({ name: 'thing' })
    app.log.error({ err: refusedLogin() }, 'Redis refused')
  })
  assert.doesNotMatch(line, new RegExp(PASSWORD))
  assert.match(line, /WRONGPASS/)
})

/** What went to standard output meanwhile, which is the test's own again afterwards. */
function written(t: TestContext, work: () => void): string {
  const chunks: string[] = []
  const { mock } = t.mock.method(process.stdout, 'write', (chunk: string | Uint8Array) => {
    chunks.push(String(chunk))
    return true
  })
  try {
    work()
  } finally {
    mock.restore()
  }
  return chunks.join('')
}
