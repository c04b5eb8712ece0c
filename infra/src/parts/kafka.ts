import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import type { Part } from '../supervisor/part.ts'
import { findJava } from './java.ts'
import { clusterIdOf, formatKafka } from './kafka-format.ts'
import { kafkaJars } from './kafka-jars.ts'
import { kafkaProperties } from './kafka-properties.ts'

const stopTimeoutMs = 6_000
const jvm = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Djava.awt.headless=true']
const logging = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn']
logging.push('-Dorg.slf4j.simpleLogger.showDateTime=true')

type Ports = { port: number; controllerPort: number }
export type KafkaOptions = {
  stateDir: string
  /** From 0. */
  index: number
  /** Of every broker of the cluster. */
  cluster: Ports[]
}

/** One broker that is a controller too (KRaft). */
export function kafkaPart({ stateDir, index, cluster }: KafkaOptions): Part {
  const { port } = portsAt(cluster, index)
  const name = index === 0 ? 'kafka' : `kafka-${index + 1}`
  const [java, jars] = [findJava(), kafkaJars()]
  const folder = join(stateDir, name)
  const config = join(folder, 'server.properties')
  const javaArgs = [...jvm, ...logging, '-cp', join(jars, '*')]
  return {
    name,
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
    prepare: async () => {
      mkdirSync(folder, { recursive: true })
      const log = join(folder, 'log')
      writeFileSync(config, kafkaProperties(log, index, cluster))
      const [nodeId, clusterId] = [index + 1, clusterIdOf(stateDir)]
      const kept = `${jars}.bootstrap`
      await formatKafka({ log, nodeId, clusterId, config, java, javaArgs, kept })
    },
    ready: () => isInCluster(port),
  }
}

function portsAt(cluster: Ports[], index: number): Ports {
  const ports = cluster[index]
  if (!ports) throw new Error(`there is no broker ${index} among ${cluster.length}`)
  return ports
}

/** A broker that starts again may answer before the others know of it. */
async function isInCluster(port: number): Promise<boolean> {
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
    return brokers.some((broker) => broker.port === port)
  } catch {
    return false
  } finally {
    await admin.disconnect().catch(() => {})
  }
}
