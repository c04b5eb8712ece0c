import { ConfigTold, RuntimeDocument } from '@flashsale/contracts/http/runtime-config.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { metrics } from './metrics.ts'
import { readDocument } from './read-document.ts'

type Listener = (document: RuntimeDocument, before: RuntimeDocument) => void

/** The configuration as this process knows it: what was good last. Nobody waits for it. */
export type RuntimeConfig = {
  current(): RuntimeDocument
  /** 0 while nothing was told: everything is as the process was started. */
  version(): number
  /** Called after each change; gives what takes the listener away. */
  onChange(listener: Listener): () => void
  /** Since somebody who knows it was heard last. */
  ageMs(): number
}
export type ConfigMemory = RuntimeConfig & {
  /** Takes what has a higher version and can be read; whoever told it was heard. */
  learn(told: unknown): void
  /** It was heard that nothing is newer. */
  confirm(): void
}

export function createRuntimeConfig(log: Log): ConfigMemory {
  const listeners = new Set<Listener>()
  let document = RuntimeDocument.parse({})
  let version = 0
  let refusedVersion = 0
  let heardAtMs = performance.now()
  metrics.version.set(0)

  const confirm = () => {
    heardAtMs = performance.now()
    metrics.readAt.setToCurrentTime()
  }
  const refuse = (refused: number, facts: object) => {
    if (refused === refusedVersion) return // told again and again
    refusedVersion = refused
    metrics.refused.inc()
    log.error(
      { version: refused, kept: version, ...facts },
      'a configuration was refused, the last good one is kept',
    )
  }
  const take = (told: ConfigTold) => {
    if (told.version <= version) return
    const reading = readDocument(told.document)
    if (reading.kind === 'bad') return refuse(told.version, { errors: reading.errors })
    const before = document
    document = reading.document
    version = told.version
    metrics.version.set(version)
    log.info({ version, unknown: reading.unknown.length }, 'the configuration is in force')
    for (const listener of listeners) listener(document, before)
  }

  return {
    current: () => document,
    version: () => version,
    ageMs: () => performance.now() - heardAtMs,
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    confirm,
    learn(told) {
      const { data, error } = ConfigTold.safeParse(told)
      if (!data) return refuse(-1, { err: error })
      confirm()
      take(data)
    },
  }
}
