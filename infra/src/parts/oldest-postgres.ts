import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PlainError } from '../plain-error.ts'
import { oldest } from './part-versions.ts'
import { cachedFolder } from './tools-folder.ts'

const timeoutMs = 600_000

/** The folder of an embedded Postgres that is not in our lockfile; fetched once. */
export function oldestPostgres(platformPackage: string): string {
  const version = oldest.postgres
  const folder = cachedFolder(`postgres-${version}`, (unfinished) => {
    console.error(`fetching Postgres ${version} from the npm registry`)
    const dependencies = { [platformPackage]: version }
    const allowed = { allowBuilds: { [platformPackage]: true } } // it makes its own symbolic links
    writeFileSync(join(unfinished, 'package.json'), JSON.stringify({ private: true, dependencies }))
    writeFileSync(join(unfinished, 'pnpm-workspace.yaml'), JSON.stringify(allowed)) // JSON is YAML
    const options = { cwd: unfinished, encoding: 'utf8', timeout: timeoutMs } as const
    const args = ['install', '--reporter=append-only', '--config.fetchRetryMaxtimeout=5000']
    const { status, stdout, stderr } = spawnSync('pnpm', args, options)
    if (status === 0) return
    const told = /\bERR_PNPM_\w+|\bE[A-Z]{4,}\b|Connection refused/.exec(`${stdout}${stderr}`)
    const reason = told?.[0] ?? 'no reason given'
    throw new PlainError(
      `pnpm could not fetch ${platformPackage} ${version} (${reason}): is the npm registry reachable? Or set POSTGRES_URL`,
    )
  })
  return join(folder, 'node_modules', platformPackage)
}
