import { spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { root } from '../../src/checkout.ts'
import { temporaryFolder } from '../fake-part.ts'

const play = fileURLToPath(new URL('./stand-in/play.ts', import.meta.url))

/** A PATH on which `k6` plays the scripts with real requests, one after the other. */
export function pathWithStandIn(t: TestContext): string {
  const lines = `case $1 in
  version) echo "a stand-in for k6 v1.8.1, one buyer after the other" ;;
  *) exec '${process.execPath}' '${play}' "$@" ;;
esac`
  return `${folderWith(t, { k6: lines })}${delimiter}${process.env.PATH ?? ''}`
}

/** A folder of shell scripts. */
export function folderWith(t: TestContext, programs: Record<string, string>): string {
  const folder = temporaryFolder(t)
  for (const [name, lines] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${lines}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  return folder
}

/** As somebody would run k6 without `./dev`. */
export function playByHand(script: string, told: string, env: Record<string, string>) {
  const file = join(root, 'load-tests/k6', `${script}.ts`)
  const args = [play, 'run', '--console-output', told, file]
  return spawnSync(process.execPath, args, { env: { ...process.env, ...env }, stdio: 'ignore' })
}
