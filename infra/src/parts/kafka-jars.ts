import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { PlainError } from '../plain-error.ts'
import { findOrInstall, toolsFolder } from './tools.ts'

const pom = new URL('../../kafka/pom.xml', import.meta.url).pathname
const instead = 'set KAFKA_BROKERS'
export const javaMajorMin = 17

/** Where Kafka's jars are, or will be. */
export function kafkaFolder(): { folder: string; version: string } {
  const found = /kafka_2\.13<\/artifactId>\s*<version>([^<]+)</.exec(readFileSync(pom, 'utf8'))
  const version = found?.[1] ?? '?'
  return { folder: join(toolsFolder(), `kafka-${version}`), version }
}

/** The folder with Kafka's jars; fetched by Maven once per version. */
export function kafkaJars(): string {
  const { folder, version } = kafkaFolder()
  if (existsSync(folder)) return folder

  const maven = findOrInstall('mvn', ['maven'], instead)
  console.error(`fetching Kafka ${version} by Maven`)
  const unfinished = `${folder}.${process.pid}`
  const repository = join(unfinished, 'repository')
  mkdirSync(repository, { recursive: true })
  const args = ['-q', '-B', '-Dstyle.color=never', '-f', pom, `-Dmaven.repo.local=${repository}`]
  args.push('dependency:copy-dependencies', `-DoutputDirectory=${unfinished}`)
  args.push('-DincludeScope=runtime')
  const { status } = spawnSync(maven, args, { stdio: ['ignore', 2, 2], timeout: 600_000 })
  if (status !== 0) {
    rmSync(unfinished, { recursive: true, force: true })
    throw new PlainError(`Maven could not fetch Kafka: is its registry reachable? Or ${instead}`)
  }
  rmSync(repository, { recursive: true, force: true })
  try {
    renameSync(unfinished, folder)
  } catch {
    rmSync(unfinished, { recursive: true, force: true }) // another run was quicker
  }
  return folder
}

export function findJava(): string {
  const java = findOrInstall('java', ['default-jre-headless'], instead)
  if (javaMajor(java) >= javaMajorMin) return java
  throw new PlainError(`Kafka needs Java ${javaMajorMin} or later: install it, or ${instead}`)
}

/** NaN for a program that does not say it as Java does. */
export function javaMajor(java: string): number {
  const { stderr } = spawnSync(java, ['-version'], { encoding: 'utf8' })
  return Number(/version "(\d+)/.exec(stderr ?? '')?.[1])
}
