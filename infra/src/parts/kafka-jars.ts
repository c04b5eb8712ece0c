import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fetchByMaven } from './fetch-by-maven.ts'
import { oldest, wantsOldest } from './part-versions.ts'
import { toolsFolder } from './tools-folder.ts'

const pom = new URL('../../kafka/pom.xml', import.meta.url).pathname

/** Where Kafka's jars are, or will be. */
export function kafkaFolder(): { folder: string; version: string } {
  const version = wantsOldest() ? oldest.kafka : usualVersion()
  return { folder: join(toolsFolder(), `kafka-${version}`), version }
}

function usualVersion(): string {
  return /<kafka\.version>([^<]+)</.exec(readFileSync(pom, 'utf8'))?.[1] ?? '?'
}

/** The folder with Kafka's jars; fetched by Maven once per version. */
export function kafkaJars(): string {
  const { version } = kafkaFolder()
  return fetchByMaven({
    folder: `kafka-${version}`,
    what: `Kafka ${version}`,
    instead: 'set KAFKA_BROKERS',
    args: (unfinished) => [
      ...['-f', pom, `-Dkafka.version=${version}`, 'dependency:copy-dependencies'],
      ...[`-DoutputDirectory=${unfinished}`, '-DincludeScope=runtime'],
    ],
  })
}
