import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { PlainError } from '../plain-error.ts'
import { findOnPath } from './find-on-path.ts'
import { fetchFromPypi, whyNoPip } from './pypi.ts'
import { findOrInstall, type Tool } from './tools.ts'
import { cachedFolder, toolsFolder } from './tools-folder.ts'

const timeoutMs = 600_000
// Maven is an artifact of its own registry; this small client of PyPI gets one artifact without Maven.
const client = { name: 'maven-artifact', version: '0.3.5' }
const version = '3.9.11'
const artifact = `org.apache.maven:apache-maven:tar.gz:bin:${version}`
const sha512 =
  'bcfe4fe305c962ace56ac7b5fc7a08b87d5abd8b7e89027ab251069faebee516b0ded8961445d6d91ec1985dfe30f8153268843c89aa392733d1a3ec956c9978'
const folderName = `maven-${version}`
const program = (folder: string) => join(folder, `apache-maven-${version}/bin/mvn`)

export const mavenTool: Tool = {
  name: 'mvn',
  aptPackages: ['maven'],
  brew: 'maven',
  instead: 'set KAFKA_BROKERS',
  fallback: {
    what: `Maven ${version} as an artifact, by PyPI's ${client.name}`,
    kept: () => {
      const mvn = program(join(toolsFolder(), folderName))
      return existsSync(mvn) ? mvn : undefined
    },
    whyNot: whyNoPip,
    fetch: () => program(cachedFolder(folderName, fetchMaven)),
  },
}

export function findMaven(): string {
  return findOrInstall(mavenTool)
}

function fetchMaven(folder: string): void {
  const archive = join(folder, 'maven.tar.gz')
  const args = ['-m', 'maven_artifact.main', artifact, archive]
  const env = { ...process.env, PYTHONPATH: fetchFromPypi(client) }
  const options = { env, encoding: 'utf8', timeout: timeoutMs } as const
  const { status } = spawnSync(findOnPath('python3') ?? 'python3', args, options)
  if (status !== 0) throw new PlainError(`${client.name} could not fetch ${artifact}`)
  const found = createHash('sha512').update(readFileSync(archive)).digest('hex')
  if (found !== sha512) throw new PlainError(`${artifact} is not the one that was pinned here`)
  const { status: unpacked } = spawnSync('tar', ['-xzf', archive, '-C', folder])
  if (unpacked !== 0) throw new PlainError('tar could not unpack Maven')
  rmSync(archive)
}
