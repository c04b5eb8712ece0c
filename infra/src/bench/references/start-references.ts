import { mkdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { nodePart } from '../../parts/services.ts'
import { freePorts, type Ports } from '../../stack/ports.ts'
import type { Stack } from '../../stack/stack.ts'
import { removeOrphans } from '../../supervisor/owner.ts'
import type { Part } from '../../supervisor/part.ts'
import { supervise } from '../../supervisor/supervise.ts'

/** `floor-2` is the floor again, in a process of its own: what they differ by is noise. */
export const referenceNames = ['bare-http', 'floor', 'floor-2', 'w-gateway', 'w-inventory'] as const
export type ReferenceName = (typeof referenceNames)[number]

export type References = Awaited<ReturnType<typeof startReferences>>

/** What the system is compared with, as processes like its own, on the same Redis. */
export async function startReferences(stack: Stack) {
  const stateDir = `${stack.stateDir}-references` // the stack empties its own when it starts
  mkdirSync(stateDir, { recursive: true })
  await removeOrphans(stateDir)
  const ports = portsOf(await freePorts())
  const supervisor = supervise(
    stateDir,
    referenceNames.map((name) => referencePart(name, ports, stack)),
  )
  const leave = async () => {
    await supervisor.stop()
    rmSync(stateDir, { recursive: true, force: true })
  }
  const end = () => void leave() // the stack's own stop, which takes longer, then ends this process
  for (const signal of signals) process.once(signal, end)
  const stop = async () => {
    for (const signal of signals) process.off(signal, end)
    await leave()
  }
  try {
    await supervisor.ready
  } catch (error) {
    await stop()
    throw error
  }
  const pidOf = (name: ReferenceName) => {
    return supervisor.status().find((part) => part.name === name)?.pid ?? 0
  }
  return {
    port: (name: ReferenceName) => ports[name],
    processes: (...names: ReferenceName[]) => names.map((name) => ({ name, pid: pidOf(name) })),
    stop,
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

function portsOf(free: Ports): Record<ReferenceName, number> {
  return {
    'bare-http': free.gateway,
    floor: free.inventory,
    'floor-2': free.order,
    'w-gateway': free.payment,
    'w-inventory': free.bank,
  }
}

function referencePart(
  name: ReferenceName,
  ports: Record<ReferenceName, number>,
  { settings, addresses }: Stack,
): Part {
  const file = `${name === 'floor-2' ? 'floor' : name}.ts`
  const env = {
    JWT_SECRET: settings.secrets.jwt,
    INVENTORY_URL: `http://127.0.0.1:${ports['w-inventory']}`,
    REDIS_URL: addresses.redis,
    REDIS_KEY_PREFIX: addresses.redisKeyPrefix,
  }
  const main = fileURLToPath(new URL(file, import.meta.url))
  return nodePart({ name, kind: 'service', main, port: ports[name], env })
}
