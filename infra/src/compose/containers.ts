import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { root } from '../checkout.ts'
import { PlainError } from '../plain-error.ts'
import { waitUntil } from '../wait-until.ts'

const run = promisify(execFile)
const answerMaxBytes = 64 * 1024 * 1024
const OBSERVING = 'observability'
const healthyWithinMs = 120_000

/** docker-compose.yml as a project of its own, beside one that may be running. */
export type Compose = ReturnType<typeof composeProject>

export function composeProject(project: string, envFile: string) {
  const base = ['compose', '--project-name', project, '--env-file', envFile]
  const output = async (...args: string[]) => {
    const { stdout } = await run('docker', args, { cwd: root, maxBuffer: answerMaxBytes })
    return stdout.trim()
  }
  const containerOf = (service: string) => `${project}-${service}-1`
  const healthOf = (service: string) =>
    output('inspect', '--format', '{{.State.Health.Status}}', containerOf(service))

  return {
    services: async () => (await output(...base, 'config', '--services')).split('\n').sort(),
    build: () => inSight(['docker', ...base, 'build']),
    up: () => inSight(['docker', ...base, 'up', '--wait', '--no-build']),
    /** What only a profile has, beside what is up. */
    upToo: (...services: string[]) =>
      inSight([
        'docker',
        ...base,
        '--profile',
        OBSERVING,
        'up',
        '--wait',
        '--no-build',
        ...services,
      ]),
    down: () =>
      inSight(['docker', ...base, '--profile', OBSERVING, 'down', '--volumes', '--timeout', '12']),
    kill: (service: string) => output('kill', containerOf(service)),
    start: (service: string) => output('start', containerOf(service)),
    exitCodeOf: async (service: string) => {
      await output('stop', '--time', '12', containerOf(service))
      return Number(
        await output('inspect', '--format', '{{.State.ExitCode}}', containerOf(service)),
      )
    },
    memoryOf: async (service: string) => {
      const used = await output(
        'stats',
        '--no-stream',
        '--format',
        '{{.MemUsage}}',
        containerOf(service),
      )
      return used.split(' / ')[0] ?? '?'
    },
    async untilHealthy(service: string) {
      const isSo = async () => (await healthOf(service)) === 'healthy'
      await waitUntil(`${service} to be healthy`, isSo, healthyWithinMs)
    },
  }
}

/** Takes minutes at the first time: what it prints is shown as it comes. */
export function inSight([command = '', ...args]: string[], env: NodeJS.ProcessEnv = {}) {
  return new Promise<void>((resolve, reject) => {
    const environment = { ...process.env, ...env }
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 2, 2], env: environment })
    child.on('error', reject)
    child.on('exit', (code) => {
      if (code === 0) return resolve()
      reject(new PlainError(`${[command, ...args].join(' ')} ended with ${code}`))
    })
  })
}
