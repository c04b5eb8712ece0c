import { join } from 'node:path'
import type { Part } from '../supervisor/part.ts'
import { fetchByMaven } from './fetch-by-maven.ts'
import { findJava } from './java.ts'
import { httpReady } from './ready.ts'

export const zipkinVersion = '3.5.1'
const artifact = `io.zipkin:zipkin-server:${zipkinVersion}:jar:exec`
const stopTimeoutMs = 6_000
const spansMax = 200_000 // in memory; the oldest traces go first
const jvm = ['-Xmx320m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']

/** A back end for traces, with its pages, on this port of this machine only. */
export function zipkinPart({ port }: { port: number }): Part {
  const url = `http://127.0.0.1:${port}`
  const settings = {
    'armeria.ports[0].ip': '127.0.0.1',
    'armeria.ports[0].port': port,
    'armeria.ports[0].protocols[0]': 'http',
    'zipkin.storage.mem.max-spans': spansMax,
    'logging.level.root': 'WARN',
  }
  const args = Object.entries(settings).map(([name, value]) => `--${name}=${value}`)
  return {
    name: 'zipkin',
    kind: 'infra',
    url,
    command: findJava(),
    args: [...jvm, '-jar', zipkinJar(), ...args],
    env: { PATH: process.env.PATH, TZ: 'UTC' },
    cwd: '/',
    needs: [],
    stopRank: 2,
    stopSignal: 'SIGTERM',
    stopTimeoutMs,
    ready: () => httpReady(`${url}/health`),
  }
}

/** Where services send their spans to. */
export const spansUrl = (port: number) => `http://127.0.0.1:${port}/api/v2/spans`

/** Fetched by Maven once. */
export function zipkinJar(): string {
  const folder = fetchByMaven({
    folder: `zipkin-${zipkinVersion}`,
    what: `Zipkin ${zipkinVersion}, 130 MB,`,
    instead: 'do without --traces',
    args: (unfinished) => [
      'dependency:copy',
      `-Dartifact=${artifact}`,
      `-DoutputDirectory=${unfinished}`,
    ],
  })
  return join(folder, `zipkin-server-${zipkinVersion}-exec.jar`)
}
