import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ownStateDir, root } from '../checkout.ts'
import { kafkaFolder } from '../parts/kafka-jars.ts'
import { wantsOldest } from '../parts/part-versions.ts'
import { findRedis } from '../parts/redis-server.ts'
import { PlainError } from '../plain-error.ts'
import { postgresVersion, redisVersion } from '../stack/server-versions.ts'
import type { Addresses } from '../stack/settings.ts'
import { startStack } from '../stack/stack.ts'
import { servers } from '../stack/stack-parts.ts'

// What runs at the same time; each package runs its own files one after another.
const long = ['infra', 'locks'] // take as long as all others together
const lanes = [(name: string) => long.includes(name), (name: string) => !long.includes(name)]

export async function test(args: string[]): Promise<number> {
  const options = { parts: { type: 'string' } } as const
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const [name] = positionals
  if (values.parts) process.env.FLASHSALE_PARTS = values.parts // for every stack that a test starts
  const files = testFiles(name)
  if (files.length === 0) throw new PlainError(`no test matches ${name}`)
  const stateDir = ownStateDir('test')
  console.error(`starting Postgres, Redis and Kafka${wantsOldest() ? ', the oldest' : ''}`)
  const stack = await startStack({ stateDir, fresh: true, parts: servers })
  console.error(`on ${await versionsOf(stack.addresses)}`)
  const resultsFile = join(stateDir, 'results')
  const env = {
    POSTGRES_URL: stack.addresses.postgres,
    REDIS_URL: stack.addresses.redis,
    KAFKA_BROKERS: stack.addresses.kafka,
    REDIS_SERVER: findRedis(), // for tests with a server of their own
    FLASHSALE_TEST_FILES: files.map((file) => join(root, file)).join('\n'),
    FLASHSALE_TEST_RESULTS: resultsFile,
  }
  const code = await runTurbo(files, env)
  const { passed, failed, failures } = sumUp(resultsFile)
  await stack.stop({ wipe: true })
  if (code !== 0 && failed === 0) console.error('turbo failed without a failed test, see above')
  for (const failure of failures) console.error(`failed: ${failure}`)
  console.log(`${passed} passed, ${failed} failed`)
  return code === 0 && failed === 0 && passed > 0 ? 0 : 1
}

async function versionsOf({ postgres, redis }: Addresses): Promise<string> {
  const [postgresIs, redisIs] = await Promise.all([postgresVersion(postgres), redisVersion(redis)])
  const kafkaIs = process.env.KAFKA_BROKERS ? 'Kafka of others' : `Kafka ${kafkaFolder().version}`
  return `Postgres ${postgresIs}, Redis ${redisIs}, ${kafkaIs}`
}

/** Those of the package called so, else those whose path has `name` in it. */
function testFiles(name: string | undefined): string[] {
  const patterns = ['{services,packages}/*/test/**/*.test.ts', 'infra/test/**/*.test.ts']
  const files = globSync(patterns, { cwd: root })
  if (name === undefined) return files
  const ofPackage = files.filter((file) => packageName(file) === name.replace('@flashsale/', ''))
  return ofPackage.length > 0 ? ofPackage : files.filter((file) => file.includes(name))
}

function packageName(file: string): string {
  const [folder = '', name = ''] = file.split('/')
  return folder === 'infra' ? folder : name
}

async function runTurbo(files: string[], env: Record<string, string>): Promise<number> {
  const packages = [...new Set(files.map(packageName))]
  const codes = lanes.map(async (isIn) => {
    const names = packages.filter(isIn)
    return names.length > 0 ? await runLane(names, env) : 0
  })
  return Math.max(...(await Promise.all(codes)))
}

async function runLane(packages: string[], env: Record<string, string>): Promise<number> {
  const filters = packages.map((name) => `--filter=@flashsale/${name}`)
  const args = ['run', 'test', '--concurrency=1', '--continue', ...filters]
  const child = spawn(join(root, 'node_modules/.bin/turbo'), args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 2, 2], // standard output is for the last line
  })
  const end = () => child.kill()
  process.once('exit', end)
  const [code] = await once(child, 'exit')
  process.off('exit', end)
  return code ?? 1
}

type Results = { passed: number; failed: number; failures: string[] }

function sumUp(file: string): Results {
  const sum: Results = { passed: 0, failed: 0, failures: [] }
  if (!existsSync(file)) return sum
  for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
    const { passed, failed, failures }: Results = JSON.parse(line)
    sum.passed += passed
    sum.failed += failed
    sum.failures.push(...failures)
  }
  return sum
}
