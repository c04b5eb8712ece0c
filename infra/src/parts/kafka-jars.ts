import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { PlainError } from '../plain-error.ts'
import { environmentFor, findJava } from './java.ts'
import { findMaven } from './maven.ts'
import { oldest, wantsOldest } from './part-versions.ts'
import { cachedFolder, toolsFolder } from './tools-folder.ts'

const pom = new URL('../../kafka/pom.xml', import.meta.url).pathname
const timeoutMs = 600_000

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
  return cachedFolder(`kafka-${version}`, (unfinished) => {
    const java = findJava() // Maven needs it too
    const maven = findMaven()
    console.error(`fetching Kafka ${version} by Maven`)
    const repository = join(unfinished, 'repository')
    mkdirSync(repository)
    const args = ['-q', '-B', '-Dstyle.color=never', '-f', pom, `-Dmaven.repo.local=${repository}`]
    args.push(`-Dkafka.version=${version}`, 'dependency:copy-dependencies')
    args.push(`-DoutputDirectory=${unfinished}`, '-DincludeScope=runtime')
    const env = { ...process.env, ...environmentFor(java, repository) }
    const options = { env, encoding: 'utf8', timeout: timeoutMs } as const
    const { status, stdout } = spawnSync(maven, args, options)
    if (status !== 0) {
      const error = /^\[ERROR\] (.*?)(?: -> \[Help \d+\])?$/m
      const reason = error.exec(stdout ?? '')?.[1] ?? 'it says no reason'
      throw new PlainError(
        `Maven could not fetch Kafka ${version}: is its registry reachable? Or set KAFKA_BROKERS. Maven says: ${reason}`,
      )
    }
    rmSync(repository, { recursive: true, force: true })
  })
}
