import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { root, stateDirOf } from '../checkout.ts'
import { PlainError, UsageError } from '../plain-error.ts'
import { assertCanScale } from '../stack/can-scale.ts'
import { assertFree, portBase, portsFrom } from '../stack/ports.ts'
import { prepareTools } from '../stack/prepare-tools.ts'
import { isSameScale, type Scale } from '../stack/scale.ts'
import { assertSupported } from '../stack/server-versions.ts'
import { externalServers, readSettings } from '../stack/settings.ts'
import { allParts, type PartName, portsOf, startedParts } from '../stack/stack-parts.ts'
import { stopOnSignals } from '../stack/stop-on-signals.ts'
import { whyNotReady } from '../stack/why-not-ready.ts'
import { wipeState } from '../stack/wipe.ts'
import { ownerOf, removeOrphans } from '../supervisor/owner.ts'
import { readState } from '../supervisor/state-file.ts'
import { stopSystem } from './down.ts'
import { readScale } from './read-scale.ts'

const readyTimeoutMs = 120_000
const startTimeoutMs = 30_000
const pollEveryMs = 100
const neverReturns = new Promise<never>(() => {})
const daemon = fileURLToPath(new URL('../stack/daemon.ts', import.meta.url))

export async function up(args: string[]): Promise<number> {
  const flag = { type: 'boolean' } as const
  const repeated = { type: 'string', multiple: true } as const
  const options = { fresh: flag, wait: flag, traces: flag, scale: repeated }
  const { values } = parseArgs({ args, options })
  const scale = readScale(values.scale ?? [])
  const parts: readonly PartName[] = values.traces ? [...allParts, 'zipkin'] : allParts
  const stateDir = stateDirOf('up')
  if (values.fresh) await startFresh(stateDir)
  let isStopping = false
  if (ownerOf(stateDir) === undefined) {
    const launched = await start(stateDir, scale, parts)
    stopOnSignals(() => {
      isStopping = true
      return stopLaunched(stateDir, launched)
    })
    await started(stateDir, launched)
  } else {
    if (values.scale) assertSame(stateDir, scale)
    console.error('already up')
  }
  try {
    if (values.wait) await waitUntilReady(stateDir)
  } catch (error) {
    if (isStopping) await neverReturns // the signal decides how this process ends
    throw error
  }
  console.error(`${values.wait ? 'ready' : 'starting'}: ${urlOf(stateDir, 'gateway')}`)
  if (values.traces) console.error(`traces: ${urlOf(stateDir, 'zipkin')}/zipkin/`)
  return 0
}

function assertSame(stateDir: string, scale: Scale): void {
  if (isSameScale(readSettings(stateDir)?.scale ?? {}, scale)) return
  throw new PlainError('already up with other numbers of instances: ./dev down first')
}

async function startFresh(stateDir: string): Promise<void> {
  const given = ['POSTGRES_URL', 'REDIS_URL', 'KAFKA_BROKERS'].filter((name) => process.env[name])
  if (given.length > 0) {
    throw new UsageError(
      `--fresh is refused with ${given.join(', ')}: servers of others are not wiped`,
    )
  }
  await stopSystem(stateDir)
  mkdirSync(stateDir, { recursive: true })
  wipeState(stateDir)
}

/** Fails here, in sight of the caller, with all that can be known before the start. */
async function start(
  stateDir: string,
  scale: Scale,
  wanted: readonly PartName[],
): Promise<ChildProcess> {
  mkdirSync(stateDir, { recursive: true })
  const orphans = await removeOrphans(stateDir)
  if (orphans.length > 0) console.error(`ended what was left running: ${orphans.join(', ')}`)
  const base = portBase(process.env)
  const external = externalServers(process.env)
  assertCanScale(stateDir, scale, external)
  await assertSupported(external)
  const parts = startedParts(wanted, external)
  await assertFree(portsFrom(base), portsOf(parts, scale))
  prepareTools(parts)

  const log = openSync(logFileOf(stateDir), 'w')
  const options = { cwd: root, detached: true, stdio: ['ignore', log, log] as never }
  const child = spawn(
    process.execPath,
    [...process.execArgv, daemon, stateDir, String(base), JSON.stringify(scale), ...wanted],
    options,
  )
  closeSync(log)
  child.unref()
  return child
}

async function started(stateDir: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + startTimeoutMs
  while (readState(stateDir)?.pid !== child.pid) {
    const isGone = child.exitCode !== null || Date.now() > deadline
    if (isGone && ownerOf(stateDir) === undefined) {
      const log = readFileSync(logFileOf(stateDir), 'utf8')
      throw new PlainError(`the supervisor did not start:\n${log}`)
    }
    if (isGone) return // another `up` was quicker
    await sleep(pollEveryMs)
  }
}

/** Also when the supervisor has not come as far as to be known by its state folder. */
async function stopLaunched(stateDir: string, child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit')
    child.ref()
    child.kill('SIGTERM')
    await exit
  }
  await stopSystem(stateDir)
}

async function waitUntilReady(stateDir: string): Promise<void> {
  const deadline = Date.now() + readyTimeoutMs
  while (true) {
    const state = readState(stateDir)
    const isOwned = ownerOf(stateDir) !== undefined
    if (state?.phase === 'up' && isOwned) return
    if (!isOwned || state?.error || Date.now() > deadline) {
      const cause = new Error(state?.error ?? (isOwned ? 'not in time' : 'it was stopped'))
      throw new PlainError(whyNotReady(stateDir, state?.parts ?? [], cause))
    }
    await sleep(pollEveryMs)
  }
}

function logFileOf(stateDir: string): string {
  return join(stateDir, 'supervisor.log')
}

function urlOf(stateDir: string, part: 'gateway' | 'zipkin'): string {
  const port = readSettings(stateDir)?.ports[part]
  return port ? `http://127.0.0.1:${port}` : '?'
}
