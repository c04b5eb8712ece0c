import { findJava } from '../parts/java.ts'
import { kafkaJars } from '../parts/kafka-jars.ts'
import { postgresProgram, postgresUser } from '../parts/postgres-files.ts'
import { findRedis } from '../parts/redis-server.ts'
import { zipkinJar } from '../parts/zipkin.ts'
import type { PartName } from './stack-parts.ts'

/** Gets what the parts need before anything starts, so that a missing tool is told at once. */
export function prepareTools(parts: PartName[]): void {
  if (parts.includes('postgres')) postgresProgram(postgresUser())
  if (parts.includes('redis')) findRedis()
  if (parts.includes('zipkin')) zipkinJar()
  if (parts.includes('kafka')) {
    kafkaJars()
    findJava()
  }
}
