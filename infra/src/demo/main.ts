import { writeFileSync } from 'node:fs'
import { ownStateDir } from '../checkout.ts'
import { commit } from '../machine.ts'
import { startStack } from '../stack/stack.ts'
import { tokenSigner } from '../stack/tokens.ts'
import { type Cast, castOf } from './cast.ts'
import { readOptions } from './options.ts'
import { runSale } from './run-sale.ts'
import { summarize } from './summary.ts'
import { page } from './tables.ts'

/** A sale of seconds: a payment that the bank keeps quiet about is found within the time to pay. */
const quickCheckBack = { payment: { CHECK_BACK_EVERY_MS: '1000' } }

/** One whole sale from empty, played by a seeded cast through the public API, then its books. */
export async function demo(args: string[]): Promise<number> {
  const options = readOptions(args)
  const cast = castOf(options)
  const stateDir = ownStateDir('demo')
  console.error('starting Postgres, Redis, Kafka, the bank and the services')
  const startedAt = performance.now()
  const stack = await startStack({ stateDir, fresh: true, env: quickCheckBack })
  const startUpMs = Math.round(performance.now() - startedAt)
  console.error(`all ready after ${(startUpMs / 1_000).toFixed(1)} s`)

  const { gateway, bank } = stack.addresses
  const sign = tokenSigner(stack.settings.secrets.jwt)
  const title = titleOf(cast, options.seed)
  const date = new Date().toISOString()
  const interrupted = onSignal()
  const screen = { out: process.stderr, interrupted }
  const facts = await runSale({ gateway, bank, sign, cast, title, screen })
  if (interrupted.aborted) await new Promise(() => {}) // the stack stops and ends this process
  const { seed } = options
  const restarted = stack.status().filter(({ restarts }) => restarts > 0)
  const died = restarted.map(({ name }) => name)
  const summary = summarize({ ...facts, died, cast, seed, date, startUpMs, commit: commit() })

  console.log(page(summary))
  if (options.json) writeFileSync(options.json, `${JSON.stringify(summary, null, 2)}\n`)
  const ownServers = Object.values(stack.settings.external).every((url) => url === undefined)
  const isKept = !summary.passed && ownServers
  if (isKept) console.error(`logs and data are kept in ${stateDir}`)
  await stack.stop({ wipe: !isKept })
  return summary.passed ? 0 : 1
}

function onSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, () => controller.abort())
  return controller.signal
}

function titleOf({ buyers, stock }: Cast, seed: number): string {
  const count = (number: number) => number.toLocaleString('en-US')
  return `flash sale · ${count(stock)} units · ${count(buyers.length)} buyers · seed ${seed}`
}
