import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { assertFree, portsFrom } from '../src/stack/ports.ts'
import { readSettings } from '../src/stack/settings.ts'
import { allParts, portsOf } from '../src/stack/stack-parts.ts'
import { wipeTraces } from '../src/stack/wipe.ts'
import { temporaryFolder } from './fake-part.ts'

const program = fileURLToPath(new URL('../src/dev.ts', import.meta.url))

type Result = { code: number | null; out: string; err: string }
export type Row = {
  name: string
  kind: string
  pid: number
  url: string
  state: string
  restarts: number
}

/** `./dev` with a state folder and ports of this test's own, on the servers all tests share. */
export async function checkout(t: TestContext) {
  const base = await freeBase()
  const states = temporaryFolder(t, async () => {
    await dev(['down'])
    const settings = readSettings(`${states}/up`)
    if (settings) await wipeTraces(settings)
  })
  const own = { FLASHSALE_STATE_DIR: states, FLASHSALE_PORT_BASE: String(base) }
  async function dev(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
    const child = spawn(process.execPath, [program, ...args], {
      env: { ...process.env, ...own, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const output = [text(child.stdout), text(child.stderr)] as const
    const [out, err, [code]] = await Promise.all([...output, once(child, 'close')])
    return { code, out, err }
  }
  const ps = async (): Promise<Row[]> => JSON.parse((await dev(['ps', '--json'])).out)
  return { base, states, dev, ps }
}

const everyInstance = { gateway: 4, inventory: 4, order: 4, payment: 4, kafka: 3 }

async function freeBase(): Promise<number> {
  while (true) {
    const ports = portsFrom(20_000 + Math.floor(Math.random() * 11_000))
    const isTaken = await assertFree(ports, portsOf([...allParts], everyInstance)).catch(() => true)
    if (!isTaken) return ports.gateway
  }
}
