import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { z } from 'zod'
import { root } from '../../checkout.ts'
import { PlainError } from '../../plain-error.ts'
import { kubectlProgram } from '../render.ts'

const run = promisify(execFile)
const TIMEOUT_MS = 180_000
const ANSWER_BYTES_MAX = 64 * 1024 * 1024
const Failed = z.object({ stdout: z.string(), stderr: z.string() })

export type Ended = { ok: boolean; output: string; errors: string }
export type Kubectl = ReturnType<typeof createKubectl>

/** kubectl with one cluster; `input` is what `-f -` reads. */
export function createKubectl(kubeconfig: string) {
  const program = kubectlProgram()
  if (!program) throw new PlainError('kubectl is missing')
  const tried = async (args: string[], input?: string): Promise<Ended> => {
    const options = { cwd: root, timeout: TIMEOUT_MS, maxBuffer: ANSWER_BYTES_MAX }
    const running = run(program, [`--kubeconfig=${kubeconfig}`, ...args], options)
    running.child.stdin?.on('error', () => {}) // it ended before it had read all
    running.child.stdin?.end(input ?? '')
    try {
      const { stdout, stderr } = await running
      return { ok: true, output: stdout, errors: stderr }
    } catch (error) {
      const { stdout, stderr } = Failed.parse(error)
      return { ok: false, output: stdout, errors: stderr.trim() }
    }
  }
  const done = async (args: string[], input?: string): Promise<string> => {
    const { ok, output, errors } = await tried(args, input)
    if (ok) return output.trim()
    throw new PlainError(`kubectl ${args.join(' ')}: ${errors}`)
  }
  return {
    tried,
    done,
    json: async (args: string[]): Promise<unknown> =>
      JSON.parse(await done([...args, '--output=json'])),
    isReady: async () => (await tried(['get', '--raw=/readyz'])).ok,
  }
}
