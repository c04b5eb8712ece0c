import { removePostgresData } from '../parts/postgres-files.ts'
import { PlainError } from '../plain-error.ts'
import { claim, release, removeOrphans } from '../supervisor/owner.ts'
import type { PartStatus } from '../supervisor/part.ts'
import { supervise } from '../supervisor/supervise.ts'
import { makeDatabases } from './databases.ts'
import { assertFree, freePorts, portsFrom } from './ports.ts'
import {
  type Addresses,
  addresses,
  type External,
  externalServers,
  makeSettings,
  type Settings,
} from './settings.ts'
import {
  allParts,
  type ExtraEnv,
  hasServices,
  type PartName,
  portsOf,
  stackParts,
  startedParts,
} from './stack-parts.ts'
import { stopOnSignals } from './stop-on-signals.ts'
import { whyNotReady } from './why-not-ready.ts'
import { wipeState, wipeTraces } from './wipe.ts'

const readyTimeoutMs = 120_000

export type StackOptions = {
  /** Belongs to this stack alone; made when missing. */
  stateDir: string
  /** All parts when missing. */
  parts?: readonly PartName[]
  /** A port base; free ports anywhere when missing. */
  portBase?: number
  /** Empty the state folder first. */
  fresh?: boolean
  /** Servers to use instead of our own; those of the environment when missing. */
  external?: External
  /** More environment for single parts. */
  env?: ExtraEnv
}

export type Stack = {
  stateDir: string
  settings: Settings
  addresses: Addresses
  status(): PartStatus[]
  /** SIGKILL; the part is started again by itself. The pid that was killed. */
  kill(name: PartName): number | undefined
  /** Resolves when every part was ready once, else fails and says which is not, and why. */
  ready(): Promise<void>
  /** Stops everything, in order; `wipe` also removes all that the stack wrote, anywhere. */
  stop(options?: { wipe?: boolean }): Promise<void>
}

/** Brings a stack up in this process: ready on return, stopped on SIGINT and SIGTERM. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const stack = await openStack(options)
  const leaveSignals = stopOnSignals(async () => {
    await stack.stop()
    if (options.fresh) removePostgresData(options.stateDir) // the next run starts empty anyway
  })
  const stop: Stack['stop'] = async (how) => {
    await stack.stop(how)
    leaveSignals()
  }
  try {
    await stack.ready()
  } catch (error) {
    await stop()
    throw error
  }
  return { ...stack, stop }
}

/** The same without waiting, and without a hand on this process' signals. */
export async function openStack(options: StackOptions): Promise<Stack> {
  const { stateDir } = options
  if (!claim(stateDir)) throw new PlainError(`another process runs the system in ${stateDir}`)
  try {
    await removeOrphans(stateDir)
    if (options.fresh) wipeState(stateDir)
    return await open(options)
  } catch (error) {
    release(stateDir)
    throw error
  }
}

async function open(options: StackOptions): Promise<Stack> {
  const { stateDir, portBase, parts = allParts, env = {} } = options
  const external = options.external ?? externalServers(process.env)
  const ports = portBase ? portsFrom(portBase) : await freePorts()
  await assertFree(ports, portsOf(startedParts(parts, external)))
  const settings = makeSettings(stateDir, ports, external)
  const to = addresses(settings)
  if (external.postgres && hasServices(parts)) await makeDatabases(to, settings)
  const supervisor = supervise(stateDir, stackParts({ stateDir, settings, parts, extraEnv: env }))

  async function ready(): Promise<void> {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error('not in time')), readyTimeoutMs)
    try {
      await Promise.race([supervisor.ready, late.promise])
    } catch (error) {
      throw new PlainError(whyNotReady(stateDir, supervisor.status(), error))
    } finally {
      clearTimeout(timer)
    }
  }

  async function stop({ wipe = false } = {}): Promise<void> {
    await supervisor.stop()
    if (wipe) {
      await wipeTraces(settings)
      wipeState(stateDir)
    }
    release(stateDir)
  }
  const { status, kill } = supervisor
  return { stateDir, settings, addresses: to, status, kill, ready, stop }
}
