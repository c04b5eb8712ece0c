import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

type Format = {
  log: string
  nodeId: number
  clusterId: string
  config: string
  java: string
  javaArgs: string[]
  /** Where what the tool makes is kept: with it the next broker needs no Java only for this. */
  kept: string
}

/** An empty data folder that a broker takes for its own; one that is there is left alone. */
export async function formatKafka(format: Format): Promise<void> {
  const { log, nodeId, clusterId, config, java, javaArgs, kept } = format
  const [meta, bootstrap] = [join(log, 'meta.properties'), join(log, 'bootstrap.checkpoint')]
  if (existsSync(meta) && readFileSync(meta, 'utf8').includes('cluster.id')) return
  rmSync(log, { recursive: true, force: true })
  if (!existsSync(kept)) {
    const args = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', config]
    await run(java, [...javaArgs, ...args])
    copyFileSync(bootstrap, `${kept}.${process.pid}`)
    renameSync(`${kept}.${process.pid}`, kept)
    return
  }
  mkdirSync(log, { recursive: true })
  copyFileSync(kept, bootstrap) // which features a new cluster has: the same for every broker
  const ids = { 'node.id': nodeId, 'directory.id': newId(), 'cluster.id': clusterId, version: 1 }
  const lines = Object.entries(ids).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(meta, lines.join(''))
}

/** Brokers of one cluster share it; made by whichever is first. */
export function clusterIdOf(stateDir: string): string {
  const file = join(stateDir, 'kafka-cluster-id')
  try {
    writeFileSync(file, newId(), { flag: 'wx' })
  } catch {
    // another broker was quicker
  }
  return readFileSync(file, 'utf8')
}

/** As Kafka writes its ids; one that began with - would be taken for an option. */
function newId(): string {
  return `A${randomBytes(16).toString('base64url').slice(1)}`
}
