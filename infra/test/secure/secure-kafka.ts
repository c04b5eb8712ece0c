import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { kafkaClient } from '@flashsale/messaging/kafka-client.ts'
import type { KafkaAddress } from '@flashsale/service-kit/kafka-env.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { freePort } from '@flashsale/test-kit/process.ts'
import { logLevel } from 'kafkajs'
import { root } from '../../src/checkout.ts'
import { findJava } from '../../src/parts/java.ts'
import { kafkaJars } from '../../src/parts/kafka-jars.ts'
import { kafkaProperties } from '../../src/parts/kafka-properties.ts'
import type { Authority } from './certificates.ts'
import { endWith } from './end-with.ts'
import { accessOf } from './kafka-access.ts'
import { quiet } from './quiet.ts'

const JVM = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
const READY_WITHIN_MS = 60_000
const CLUSTER_ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const BROKER = 'broker' // the name in its certificate

type Wanted = { folder: string; authority: Authority; caFile: string; passwords: Passwords }
/** Of each user, and of `admin`, who may everything. */
export type Passwords = Record<string, string>
export type SecureKafka = {
  address(username: string): KafkaAddress
}

/**
 * A broker that takes encrypted connections of known users alone, and holds them to the ACLs of
 * k8s/operators; other brokers and controllers would show certificates. Its topics are made.
 */
export async function startSecureKafka(t: TestContext, wanted: Wanted): Promise<SecureKafka> {
  const folder = join(wanted.folder, 'kafka')
  mkdirSync(folder)
  const ports = { port: await freePort(), controllerPort: await freePort() }
  const config = join(folder, 'server.properties')
  writeFileSync(config, propertiesOf(wanted, folder, { ...ports, brokerPort: await freePort() }))
  const java = findJava()
  const javaArgs = [...JVM, '-cp', join(kafkaJars(), '*')]
  const users = Object.entries(wanted.passwords).flatMap(([name, password]) => {
    return ['--add-scram', `SCRAM-SHA-512=[name=${name},password=${password}]`]
  })
  const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', config, ...users]
  execFileSync(java, [...javaArgs, ...format], { stdio: ['ignore', 'ignore', 'pipe'] })
  const child = spawn(java, [...javaArgs, 'kafka.Kafka', config], { cwd: '/', stdio: 'pipe' })
  endWith(t, 'kafka', child)

  const address = (username: string): KafkaAddress => ({
    brokers: [`127.0.0.1:${ports.port}`],
    tls: { caFile: wanted.caFile },
    user: { username, password: wanted.passwords[username] ?? '' },
  })
  await grant(address('admin'))
  return { address }
}

function propertiesOf(wanted: Wanted, folder: string, ports: Ports): string {
  const { cert, key } = wanted.authority.issue(BROKER, ['127.0.0.1'])
  const keys = join(folder, 'keys.pem')
  writeFileSync(keys, key + cert, { mode: 0o600 })
  const secure = {
    listeners: listenersOf(ports).join(','),
    'advertised.listeners': listenersOf(ports).slice(0, 2).join(','),
    'listener.security.protocol.map': 'SERVICES:SASL_SSL,BROKERS:SSL,CONTROLLER:SSL',
    'inter.broker.listener.name': 'BROKERS',
    'listener.name.brokers.ssl.client.auth': 'required',
    'listener.name.controller.ssl.client.auth': 'required',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.services.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keys,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': wanted.caFile,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': `User:admin;User:CN=${BROKER}`,
    'allow.everyone.if.no.acl.found': 'false',
  }
  const lines = Object.entries(secure).map(([name, value]) => `${name}=${value}\n`)
  return kafkaProperties(join(folder, 'log'), 0, [ports]) + lines.join('') // the last word counts
}

type Ports = { port: number; controllerPort: number; brokerPort: number }

const listenersOf = ({ port, brokerPort, controllerPort }: Ports) => [
  `SERVICES://127.0.0.1:${port}`,
  `BROKERS://127.0.0.1:${brokerPort}`,
  `CONTROLLER://127.0.0.1:${controllerPort}`,
]

/** What the operator would do with the documents of k8s/operators. */
async function grant(asAdmin: KafkaAddress): Promise<void> {
  const read = (name: string) => readFileSync(join(root, 'k8s/operators', name), 'utf8')
  const { acls, topics } = accessOf(read('kafka-access.yaml'), read('kafka-topics.yaml'))
  const options = { retry: { retries: 0 }, logLevel: logLevel.NOTHING, log: quiet }
  const admin = kafkaClient(asAdmin, options).admin()
  const isUp = () =>
    admin.connect().then(
      () => true,
      () => false,
    )
  await until(isUp, { timeoutMs: READY_WITHIN_MS, everyMs: 200, what: 'Kafka to be ready' })
  try {
    await admin.createTopics({
      topics: topics.map((topic) => ({ ...topic, replicationFactor: 1 })),
    })
    await admin.createAcls({ acl: acls })
  } finally {
    await admin.disconnect()
  }
}
