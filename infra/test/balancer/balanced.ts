import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { httpReady } from '../../src/parts/ready.ts'
import { freePorts } from '../../src/stack/ports.ts'
import { waitUntil } from '../../src/wait-until.ts'

const balancer = fileURLToPath(new URL('../../src/balancer/main.ts', import.meta.url))
const backEnd = fileURLToPath(new URL('./back-end.ts', import.meta.url))
const startTimeoutMs = 30_000

/** Two real servers behind a real balancer. */
export async function startBalanced(t: TestContext) {
  const ports = await freePorts()
  const urlOf = (port: number) => `http://127.0.0.1:${port}`
  const urls = { one: urlOf(ports['gateway-1']), two: urlOf(ports['gateway-2']) }
  const running = new Map<string, ChildProcess>()
  t.after(async () => {
    for (const name of running.keys()) await end(name)
  })

  const start = (name: string, program: string, env: Record<string, string>) => {
    const options = { env: { PATH: process.env.PATH, ...env }, stdio: 'inherit' } as const
    running.set(name, spawn(process.execPath, [program], options))
  }
  const end = async (name: string) => {
    const child = running.get(name)
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
  const startServer = async (name: 'one' | 'two') => {
    start(name, backEnd, { NAME: name, PORT: new URL(urls[name]).port })
    await waitUntil(`server ${name}`, () => httpReady(`${urls[name]}/readyz`), startTimeoutMs)
  }
  await Promise.all([startServer('one'), startServer('two')])
  const targets = Object.values(urls).join(',')
  start('balancer', balancer, { PORT: String(ports.gateway), TARGETS: targets })
  const url = urlOf(ports.gateway)
  await waitUntil('the balancer', () => httpReady(`${url}/readyz`), startTimeoutMs)
  return { url, urls, startServer, kill: end }
}
