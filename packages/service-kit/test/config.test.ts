import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseEnv, Secret, ServiceEnv } from '../src/config.ts'

const Env = ServiceEnv.extend({ TOKEN_SECRET: Secret })
const secret = 'f4b1e2'.repeat(8)

test('settings that are left out have their defaults', () => {
  const env = parseEnv(Env, { PORT: '8080', TOKEN_SECRET: secret })
  assert.deepEqual(env, {
    HOST: '127.0.0.1',
    PORT: 8080,
    LOG_LEVEL: 'info',
    DRAIN_MS: 2_000,
    TRACES_URL: '', // none
    TRACES_SAMPLE_RATIO: 0.01,
    FAULTS_ALLOWED: false,
    TOKEN_SECRET: secret,
  })
})

test('one error names every bad setting and shows no value', () => {
  const bad = { PORT: '99999', LOG_LEVEL: 'loud', TOKEN_SECRET: 'short-secret' }
  assert.throws(
    () => parseEnv(Env, bad),
    ({ message }: Error) =>
      ['PORT', 'LOG_LEVEL', 'TOKEN_SECRET'].every((name) => message.includes(name)) &&
      !message.includes('short-secret'),
  )
})

test('a secret that is short, missing, or one of .env.example is refused', () => {
  const refused = ['', 'x'.repeat(31), undefined, `change-me-${secret}`, `example-${secret}`]
  for (const value of refused) assert.equal(Secret.safeParse(value).success, false, value)
  assert.equal(Secret.safeParse('é'.repeat(16)).success, true) // bytes count, not letters
})

test('every secret of .env.example is long enough and refused all the same', () => {
  const file = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8')
  const secrets = [...file.matchAll(/^[A-Z_]+_SECRET=(.*)$/gm)].map(([, value]) => value)
  assert.equal(secrets.length, 4)
  for (const value of secrets) {
    const messages = Secret.safeParse(value).error?.issues.map(({ message }) => message)
    assert.deepEqual(messages, ['is a value of .env.example, make a random one'])
  }
})

test('a release has a name that fits a header, or none', () => {
  const read = (RELEASE: string) =>
    parseEnv(Env, { PORT: '1', TOKEN_SECRET: secret, RELEASE }).RELEASE
  assert.equal(read('0.2.0-rc.1+5'), '0.2.0-rc.1+5')
  assert.equal(read(''), undefined) // a label that a pod does not have
  for (const bad of ['a b', 'a\nb', 'é', 'x'.repeat(65)]) assert.throws(() => read(bad), /RELEASE/)
})
