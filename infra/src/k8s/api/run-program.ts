import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../../checkout.ts'
import type { ControlPlane } from './control-plane.ts'
import { inNamespace, NAMESPACE } from './steps/apply.ts'

const run = promisify(execFile)
const TIMEOUT_MS = 60_000

type Program = { file: string; account: string; env?: Record<string, string> }

/** A program of ours as its pod would run it: the same files, and a token of its own account. */
export async function runProgram(plane: ControlPlane, { file, account, env = {} }: Program) {
  const folder = mkdtempSync(join(tmpdir(), 'flashsale-access-'))
  try {
    const token = await plane.kubectl.done(['create', 'token', account, ...inNamespace])
    writeFileSync(join(folder, 'token'), token, { mode: 0o600 })
    writeFileSync(join(folder, 'namespace'), NAMESPACE)
    const access = {
      ACCESS_FOLDER: folder,
      NODE_EXTRA_CA_CERTS: plane.certificateFile,
      KUBERNETES_SERVICE_HOST: plane.host,
      KUBERNETES_SERVICE_PORT: String(plane.port),
    }
    const options = { cwd: root, env: { ...access, ...env }, timeout: TIMEOUT_MS }
    const { stdout } = await run(process.execPath, [join(root, file)], options)
    return JSON.parse(stdout) as unknown
  } finally {
    rmSync(folder, { recursive: true })
  }
}
