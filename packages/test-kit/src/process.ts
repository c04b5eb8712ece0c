import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { request } from './http.ts'
import { eventually } from './wait.ts'

const READY_WITHIN_MS = 150_000 // on a machine that does much else at the same time
const YOUNG_SPACE = '--max-semi-space-size=8' // MiB, as ./dev starts them
const LOG_LINES_MAX = 5_000
const root = fileURLToPath(new URL('../../../', import.meta.url))

export type TestProcess = ReturnType<typeof testProcess>

/** One real process of the system, that a test can stop, kill and start again. */
export function testProcess(
  name: string,
  file: string,
  env: Record<string, string>,
  url: string,
  imports: string[] = [], // modules that it loads before its own
) {
  const lines: string[] = []
  let child: ChildProcess | undefined

  const take = (chunk: Buffer) => {
    lines.push(...chunk.toString().split('\n').filter(Boolean))
    lines.splice(0, lines.length - LOG_LINES_MAX)
  }
  const start = async () => {
    const args = [YOUNG_SPACE, ...imports.flatMap((module) => ['--import', module]), file]
    const started = spawn(process.execPath, args, { cwd: root, env, stdio: 'pipe' })
    child = started
    started.stdout.on('data', take)
    started.stderr.on('data', take)
    await eventually(`${name} to be ready`, () => isReady(started), { timeoutMs: READY_WITHIN_MS })
  }
  const isReady = async ({ exitCode, signalCode }: ChildProcess) => {
    if (exitCode !== null || signalCode !== null) {
      throw new Error(`${name} ended at its start:\n${lines.slice(-20).join('\n')}`)
    }
    const answer = await request(`${url}/readyz`, { timeoutMs: 1_000 }).catch(() => undefined)
    return answer?.status === 200
  }
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const ending = child
    if (!ending?.pid) throw new Error(`${name} was not started`)
    if (ending.exitCode === null && ending.signalCode === null) {
      const exit = once(ending, 'exit')
      ending.kill(signal)
      await exit
    }
    return { pid: ending.pid, exitCode: ending.exitCode }
  }
  const freeze = () => void child?.kill('SIGSTOP')
  return { start, end, freeze, lines, started: () => child !== undefined, pid: () => child?.pid }
}

// Below the ports that the system gives to outgoing connections: a restarted service finds its own.
const PORTS = { first: 10_000, count: 20_000 }

export async function freePort(): Promise<number> {
  while (true) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count)
    if (await isFree(port)) return port
  }
}

function isFree(port: number) {
  return new Promise<boolean>((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
