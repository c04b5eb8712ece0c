import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ownStateDir } from '../checkout.ts'
import { castOf } from '../demo/cast.ts'
import { runSale } from '../demo/run-sale.ts'
import { summarize } from '../demo/summary.ts'
import { page } from '../demo/tables.ts'
import { commit, machine } from '../machine.ts'
import { tokenSigner } from '../stack/tokens.ts'
import { makeBaseImages } from './base-images.ts'
import { type Compose, composeProject } from './containers.ts'
import { imageSizes } from './image-sizes.ts'
import { killEach } from './kill-each.ts'
import { readObservers } from './read-observers.ts'
import { envLines, newComposeSecrets } from './secrets.ts'

const [gatewayPort, bankPort] = ['18080', '18084']
const [gateway, bank] = [`http://127.0.0.1:${gatewayPort}`, `http://127.0.0.1:${bankPort}`]
const observed = {
  PROMETHEUS_PORT: '18090',
  ZIPKIN_PORT: '18411',
  TRACES_URL: 'http://zipkin:9411/api/v2/spans',
  TRACES_SAMPLE_RATIO: '0.05',
}
const sale = { stock: 200, buyers: 2_000, seed: 1 }

/**
 * docker-compose.yml for real: images built, brought up from empty, the demo's sale, then every container
 * killed in turn under load. Exit 0 only if all of it is exact.
 */
export async function compose(args: string[]): Promise<number> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args, options: { json: text, keep: { type: 'boolean' } } })
  const folder = ownStateDir('compose')
  mkdirSync(folder, { recursive: true })
  const secrets = newComposeSecrets()
  const envFile = join(folder, 'env')
  const ports = { GATEWAY_PORT: gatewayPort, BANK_PORT: bankPort }
  const settings = { ...secrets, ...ports, ...observed }
  writeFileSync(envFile, envLines(settings), { mode: 0o600 })

  await makeBaseImages()
  const project = composeProject('flashsale-try', envFile)
  await project.build()
  try {
    const result = await tryAll(project, tokenSigner(secrets.JWT_SECRET))
    if (values.json) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`)
    return result.passed ? 0 : 1
  } finally {
    if (!values.keep) await project.down()
  }
}

async function tryAll(project: Compose, sign: ReturnType<typeof tokenSigner>) {
  const startedAt = performance.now()
  await project.up()
  const startUpMs = Math.round(performance.now() - startedAt)
  console.error(`all healthy after ${(startUpMs / 1_000).toFixed(1)} s`)

  await project.upToo('prometheus', 'zipkin') // Grafana is in no package registry
  const demo = await playDemo(sign, startUpMs)
  const seen = await readObservers(observed)
  const kills = await killEach({ project, gateway, bank, sign })
  const images = await imageSizes()
  const stops = await stopEach(project)
  const passed =
    demo.passed && seen.passed && kills.passed && stops.every(({ exitCode }) => exitCode === 0)
  const facts = { commit: commit(), date: new Date().toISOString(), machine: machine(), startUpMs }
  for (const { image, mib, beyondBaseMib } of images) {
    console.log(`${image.padEnd(28)} ${mib} MiB, ${beyondBaseMib} beyond its base`)
  }
  for (const { service, exitCode, ms } of stops) {
    console.log(`docker stop ${service}: exit ${exitCode} after ${ms} ms`)
  }
  console.log(passed ? 'PASSED' : 'FAILED')
  return { passed, ...facts, images, demo, seen, kills, stops }
}

async function playDemo(sign: ReturnType<typeof tokenSigner>, startUpMs: number) {
  const cast = castOf(sale)
  const interrupted = new AbortController().signal
  const title = 'flash sale in containers'
  const screen = { out: process.stderr, interrupted }
  const facts = await runSale({ gateway, bank, sign, cast, title, screen })
  const date = new Date().toISOString()
  const seed = sale.seed
  const summary = summarize({ ...facts, died: [], cast, seed, date, startUpMs, commit: commit() })
  console.log(page(summary))
  return summary
}

/** SIGTERM to each of ours: it drains, and ends by itself. */
async function stopEach(project: Compose) {
  const stops = []
  for (const service of ['gateway', 'payment', 'order', 'inventory', 'bank']) {
    const startedAt = performance.now()
    const exitCode = await project.exitCodeOf(service)
    stops.push({ service, exitCode, ms: Math.round(performance.now() - startedAt) })
  }
  return stops
}
