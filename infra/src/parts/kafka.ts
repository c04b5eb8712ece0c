import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Kafka, logLevel } from 'kafkajs'
import type { Part } from '../supervisor/part.ts'
import { findJava, kafkaJars } from './kafka-jars.ts'

const run = promisify(execFile)
const stopTimeoutMs = 6_000
const jvm = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Djava.awt.headless=true']
const logging = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn']
logging.push('-Dorg.slf4j.simpleLogger.showDateTime=true')

export type KafkaOptions = { stateDir: string; port: number; controllerPort: number }

/** One broker that is its own controller (KRaft). */
export function kafkaPart({ stateDir, port, controllerPort }: KafkaOptions): Part {
  const [java, jars] = [findJava(), kafkaJars()]
  const folder = join(stateDir, 'kafka')
  const config = join(folder, 'server.properties')
  const javaArgs = [...jvm, ...logging, '-cp', join(jars, '*')]
  return {
    name: 'kafka',
    kind: 'infra',
    url: `kafka://127.0.0.1:${port}`,
    command: java,
    args: [...javaArgs, 'kafka.Kafka', config],
    env: { PATH: process.env.PATH, TZ: 'UTC' },
    cwd: '/',
    needs: [],
    stopRank: 2,
    stopSignal: 'SIGTERM',
    stopTimeoutMs,
    prepare: () => format({ folder, config, port, controllerPort, java, args: javaArgs }),
    ready: () => hasBroker(port),
  }
}

type Format = {
  folder: string
  config: string
  port: number
  controllerPort: number
  java: string
  args: string[]
}

async function format({ folder, config, port, controllerPort, java, args }: Format): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const log = join(folder, 'log')
  writeFileSync(config, properties(log, port, controllerPort))
  const meta = join(log, 'meta.properties')
  if (existsSync(meta) && readFileSync(meta, 'utf8').includes('cluster.id')) return
  rmSync(log, { recursive: true, force: true })
  const id = `A${randomBytes(16).toString('base64url').slice(1)}` // one that begins with - is taken for an option
  const formatArgs = ['kafka.tools.StorageTool', 'format', '-t', id, '-c', config]
  await run(java, [...args, ...formatArgs])
}

function properties(log: string, port: number, controllerPort: number): string {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': log,
    'num.partitions': 6,
    'default.replication.factor': 1,
    'min.insync.replicas': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 3,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    'auto.create.topics.enable': false,
    'log.cleaner.dedupe.buffer.size': 4_194_304,
    'log.segment.bytes': 67_108_864,
    'broker.session.timeout.ms': 3_000, // a killed broker may register again after this long
    'broker.heartbeat.interval.ms': 500,
    'controlled.shutdown.enable': false, // there is no other broker to hand anything to
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

async function hasBroker(port: number): Promise<boolean> {
  const kafka = new Kafka({
    brokers: [`127.0.0.1:${port}`],
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    retry: { retries: 0 },
    logLevel: logLevel.NOTHING,
  })
  const admin = kafka.admin()
  try {
    await admin.connect()
    const { brokers } = await admin.describeCluster()
    return brokers.length > 0
  } catch {
    return false
  } finally {
    await admin.disconnect().catch(() => {})
  }
}
