import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PlainError } from '../plain-error.ts'
import type { Part, PartStatus } from './part.ts'
import { Runner } from './runner.ts'
import { type SupervisorState, writeState } from './state-file.ts'

export type Supervisor = {
  /** Resolves when every part was ready once; rejects when one cannot be started. */
  ready: Promise<void>
  status(): PartStatus[]
  /** One part, to do something to it; fails when there is none of that name. */
  runner(name: string): Runner
  stop(): Promise<void>
}

/** Starts all parts, in parallel as far as they allow it, and keeps them running until `stop`. */
export function supervise(stateDir: string, parts: Part[]): Supervisor {
  const logDir = join(stateDir, 'logs')
  mkdirSync(logDir, { recursive: true })
  let phase: SupervisorState['phase'] = 'starting'
  let error: string | undefined
  const publish = () => {
    try {
      writeState(stateDir, { phase, error, parts: status() })
    } catch (fault) {
      console.error(fault) // somebody took the folder away: what runs must still be stopped
    }
  }
  const status = () => runners.map((runner) => ({ ...runner.status }))
  const runners = parts.map(
    (part) => new Runner(part, { logFile: join(logDir, `${part.name}.log`), onChange: publish }),
  )
  for (const runner of runners) {
    const needs = runners.filter(({ part }) => runner.part.needs.includes(part.name))
    runner.start(Promise.all(needs.map((needed) => needed.ready)))
  }
  const ready = Promise.all(runners.map((runner) => runner.ready)).then(
    () => {
      phase = 'up'
      publish()
    },
    (cause: Error) => {
      error ??= cause.message
      if (phase === 'starting') publish()
      throw cause
    },
  )
  ready.catch(() => {}) // its reader may come later, or never
  publish()

  async function stop(): Promise<void> {
    phase = 'stopping'
    publish()
    for (const rank of [...new Set(parts.map((part) => part.stopRank))].sort()) {
      const next = runners.filter(({ part }) => part.stopRank === rank)
      await Promise.all(next.map((runner) => runner.stop()))
    }
    phase = 'stopped'
    publish()
  }
  let stopped: Promise<void> | undefined
  return {
    ready,
    status,
    runner: (name) => {
      const found = runners.find(({ part }) => part.name === name)
      if (found) return found
      throw new PlainError(`no part is called ${name}: ${parts.map((part) => part.name).join(' ')}`)
    },
    stop: () => {
      stopped ??= stop()
      return stopped
    },
  }
}
