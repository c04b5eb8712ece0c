import { spawnSync } from 'node:child_process'
import { existsSync, statfsSync } from 'node:fs'
import { arch, platform } from 'node:os'
import { parseArgs } from 'node:util'
import { root } from '../checkout.ts'
import { table } from '../demo/tables.ts'
import { findOnPath as onPath } from '../parts/find-on-path.ts'
import { javaMajor, javaTool } from '../parts/java.ts'
import { kafkaFolder } from '../parts/kafka-jars.ts'
import { mavenTool } from '../parts/maven.ts'
import { oldest, wantsOldest } from '../parts/part-versions.ts'
import { postgresProgram, postgresUser } from '../parts/postgres-files.ts'
import { redisTool } from '../parts/redis-server.ts'
import { type Tool, wayTo } from '../parts/tools.ts'
import { listenerOn } from '../stack/port-owner.ts'
import { portBase } from '../stack/ports.ts'

/** `fetched` and `installed` happen by themselves; `missing` is for a person; `optional` stops nothing. */
type State = 'there' | 'fetched' | 'installed' | 'missing' | 'optional'
type Finding = { what: string; state: State; detail: string }

const gib = 2 ** 30
const least = { memoryGib: 4, diskGib: 4 }

/** What is there, what is missing, and what would be fetched; exit 1 if a person has to do something. */
export async function doctor(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean' } } })
  const findings = [
    there('Node', `${process.version} on ${platform()} ${arch()}`),
    pnpm(),
    postgres(),
    redis(),
    ...kafka(),
    memory(),
    disk(),
    port(),
    docker(),
  ]
  const isWell = findings.every(({ state }) => state !== 'missing')
  if (values.json) console.log(JSON.stringify(findings, null, 2))
  else {
    const rows = findings.map(({ what, state, detail }) => [what, state, detail] as const)
    console.log(table(['what', 'state', 'detail'], rows))
    console.log(isWell ? 'all that ./dev needs is there or comes by itself' : 'not all is there')
  }
  return isWell ? 0 : 1
}

const there = (what: string, detail: string): Finding => ({ what, state: 'there', detail })
const fetched = (what: string, detail: string): Finding => ({ what, state: 'fetched', detail })
const missing = (what: string, detail: string): Finding => ({ what, state: 'missing', detail })

function pnpm(): Finding {
  const found = onPath('pnpm')
  if (found) return there('pnpm', version(found, ['-v'], /^(\S+)/))
  return fetched('pnpm', 'from the npm registry')
}

function postgres(): Finding {
  if (process.env.POSTGRES_URL) return there('Postgres', 'the one that POSTGRES_URL names')
  if (wantsOldest()) return fetched('Postgres', `${oldest.postgres}, by npm, if it is not kept yet`)
  try {
    return there('Postgres', `its program is in ${postgresProgram(postgresUser())}`)
  } catch (error) {
    return missing('Postgres', error instanceof Error ? error.message : String(error))
  }
}

function redis(): Finding {
  if (process.env.REDIS_URL) return there('Redis', 'the one that REDIS_URL names')
  if (wantsOldest()) return fetched('Redis', `${redisTool.fallback.what}, if it is not kept yet`)
  return tool('Redis', redisTool, (path) => version(path, ['--version'], /v=(\S+)/))
}

function kafka(): Finding[] {
  if (process.env.KAFKA_BROKERS) return [there('Kafka', 'the one that KAFKA_BROKERS names')]
  const { folder, version: wanted } = kafkaFolder()
  const java = tool('Java', javaTool, (path) => String(javaMajor(path)))
  if (existsSync(folder)) return [there('Kafka', `${wanted}, ${folder}`), java]
  const jars = fetched('Kafka', `${wanted}, by Maven`)
  return [jars, tool('Maven', mavenTool), java]
}

/** What `findOrInstall` would do, in words. */
function tool(what: string, wanted: Tool, versionOf?: (path: string) => string): Finding {
  const way = wayTo(wanted)
  switch (way.kind) {
    case 'there':
      return there(what, versionOf ? `${versionOf(way.path)}, ${way.path}` : way.path)
    case 'apt':
      return { what, state: 'installed', detail: `${way.packages.join(' ')}, by apt` }
    case 'fallback':
      return fetched(what, `${way.what}; ${way.because}`)
    case 'none':
      return missing(what, way.why)
  }
}

function memory(): Finding {
  const free = process.availableMemory() / gib
  const detail = `${free.toFixed(1)} GiB free; ./dev demo wants about ${least.memoryGib}`
  return free >= least.memoryGib ? there('memory', detail) : missing('memory', detail)
}

function disk(): Finding {
  const { bavail, bsize } = statfsSync(root)
  const free = (bavail * bsize) / gib
  const detail = `${free.toFixed(1)} GiB free; at least ${least.diskGib} are wanted`
  return free >= least.diskGib ? there('disk', detail) : missing('disk', detail)
}

function port(): Finding {
  const base = portBase(process.env)
  if (platform() !== 'linux') return there('port', `${base}; a start says whether it is free`)
  const owner = listenerOn(base)
  if (!owner) return there('port', `${base} is free`)
  const whose = `process ${owner.pid} (${owner.command})`
  return { what: 'port', state: 'optional', detail: `${base} is taken by ${whose}` }
}

function docker(): Finding {
  const isThere = onPath('docker') && version('docker', ['compose', 'version'], /v?(\d\S*)/) !== '?'
  const detail = 'only for docker compose and ./dev compose'
  return { what: 'Docker with compose', state: isThere ? 'there' : 'optional', detail }
}

function version(command: string, args: string[], pattern: RegExp): string {
  const { stdout } = spawnSync(command, args, { encoding: 'utf8', timeout: 10_000 })
  return pattern.exec(stdout ?? '')?.[1] ?? '?'
}
