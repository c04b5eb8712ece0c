import { spawnSync } from 'node:child_process'
import { existsSync, statfsSync } from 'node:fs'
import { arch, platform } from 'node:os'
import { parseArgs } from 'node:util'
import { root } from '../checkout.ts'
import { table } from '../demo/tables.ts'
import { javaMajor, javaMajorMin, kafkaFolder } from '../parts/kafka-jars.ts'
import { postgresProgram, postgresUser } from '../parts/postgres-files.ts'
import { findOnPath as onPath, whyNoApt } from '../parts/tools.ts'
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
const missing = (what: string, detail: string): Finding => ({ what, state: 'missing', detail })

function pnpm(): Finding {
  const found = onPath('pnpm')
  if (found) return there('pnpm', version(found, ['-v'], /^(\S+)/))
  return { what: 'pnpm', state: 'fetched', detail: 'from the npm registry' }
}

function postgres(): Finding {
  if (process.env.POSTGRES_URL) return there('Postgres', 'the one that POSTGRES_URL names')
  try {
    return there('Postgres', `its program is in ${postgresProgram(postgresUser())}`)
  } catch (error) {
    return missing('Postgres', error instanceof Error ? error.message : String(error))
  }
}

function redis(): Finding {
  if (process.env.REDIS_URL) return there('Redis', 'the one that REDIS_URL names')
  const found = onPath('redis-server')
  if (found) return there('Redis', `${version(found, ['--version'], /v=(\S+)/)}, ${found}`)
  return byApt('Redis', 'redis-server', 'REDIS_URL')
}

function kafka(): Finding[] {
  if (process.env.KAFKA_BROKERS) return [there('Kafka', 'the one that KAFKA_BROKERS names')]
  const { folder, version: wanted } = kafkaFolder()
  return [
    existsSync(folder)
      ? there('Kafka', `${wanted}, ${folder}`)
      : { what: 'Kafka', state: 'fetched', detail: `${wanted}, by Maven` },
    ...(existsSync(folder) || onPath('mvn') ? [] : [byApt('Maven', 'maven', 'KAFKA_BROKERS')]),
    java(),
  ]
}

function java(): Finding {
  const found = onPath('java')
  if (!found) return byApt('Java', 'default-jre-headless', 'KAFKA_BROKERS')
  const major = javaMajor(found)
  if (major >= javaMajorMin) return there('Java', `${major}, ${found}`)
  return missing('Java', `Kafka needs ${javaMajorMin} or later: install it, or set KAFKA_BROKERS`)
}

function byApt(what: string, name: string, instead: string): Finding {
  const problem = whyNoApt()
  if (!problem) return { what, state: 'installed', detail: `${name}, by apt` }
  return missing(what, `${problem}: install ${name} yourself, or set ${instead}`)
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
