import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Part, PartStatus } from './part.ts'
import { processStart, signal } from './process-table.ts'
import { signalTree } from './process-tree.ts'

const readyEveryMs = 100
const firstBackOffMs = 100
const backOffMaxMs = 1_500 // what dies is started again within 2 s, also in a crash loop

/** How a process ended that was asked to; the signal is there when it did not end by itself. */
export type Ended = { exitCode: number | null; signal: NodeJS.Signals | null; tookMs: number }
type RunnerOptions = { logFile: string; onChange: () => void }
type Running = {
  child: ChildProcess
  exit: Promise<void>
  hasExited: boolean
  isEnding: boolean
  isReady: boolean
  isFrozen: boolean
}

/** Keeps one process running, from `start` until `stop`. */
export class Runner {
  readonly part: Part
  readonly status: PartStatus
  readonly #options: RunnerOptions
  readonly #ready = Promise.withResolvers<void>()
  readonly #stopping = new AbortController()
  #running: Running | undefined
  #loop: Promise<void> = Promise.resolve()
  #wasReady = false
  #held: PromiseWithResolvers<void> | undefined

  constructor(part: Part, options: RunnerOptions) {
    const { name, kind, url } = part
    const nothing = { pid: null, processStart: null }
    this.part = part
    this.status = { name, kind, ...nothing, url, state: 'waiting', restarts: 0 }
    this.#options = options
    this.#ready.promise.catch(() => {}) // whoever waits for it hears of it
  }

  /** Resolves when the part is ready for the first time; rejects if it never will be. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  start(needs: Promise<unknown>): void {
    this.#loop = this.#run(needs).catch((error) => {
      this.#change({ state: this.#stopping.signal.aborted ? 'stopped' : 'failed' })
      this.#ready.reject(error)
    })
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    const { part } = this
    await this.#askToEnd()
    await this.#loop
    this.#change({ state: 'stopped', pid: null, processStart: null })
    this.#ready.reject(new Error(`${part.name} was stopped`))
  }

  /** Asked to end as by `stop`, and started again once it has; undefined when nothing runs. */
  async restart(): Promise<Ended | undefined> {
    if (this.#livePid() === undefined || !this.#running) return undefined
    this.#running.isEnding = true
    this.#change({ state: 'restarting' }) // not ready any more
    return await this.#askToEnd()
  }

  async #askToEnd(): Promise<Ended | undefined> {
    const pid = this.#livePid()
    if (pid === undefined || !this.#running) return undefined
    const { child, exit } = this.#running
    const askedAt = performance.now()
    signal(pid, this.part.stopSignal)
    signalTree(pid, 'SIGCONT') // a frozen one hears nothing before
    const late = setTimeout(() => this.kill(), this.part.stopTimeoutMs)
    await exit
    clearTimeout(late)
    const tookMs = Math.round(performance.now() - askedAt)
    return { exitCode: child.exitCode, signal: child.signalCode, tookMs }
  }

  /** SIGKILL; the process is started again unless the part was stopped or is held down. */
  kill(): number | undefined {
    const pid = this.#livePid()
    if (pid === undefined || !this.#running) return undefined
    this.#running.isEnding = true
    signalTree(pid, 'SIGKILL')
    if (!this.#stopping.signal.aborted) this.#change({ state: 'restarting' }) // not ready any more
    return pid
  }

  /** SIGKILL, and nothing runs again before `letUp`. */
  holdDown(): number | undefined {
    this.#held ??= Promise.withResolvers()
    return this.kill()
  }

  letUp(): void {
    this.#held?.resolve()
    this.#held = undefined
  }

  /** SIGSTOP: it stands still in the middle of its work, with all its connections. */
  freeze(): number | undefined {
    const pid = this.#livePid()
    if (pid === undefined || !this.#running) return undefined
    this.#running.isFrozen = true
    signalTree(pid, 'SIGSTOP')
    this.#change({ state: 'frozen' })
    return pid
  }

  /** SIGCONT, also to what stopped itself. */
  thaw(): void {
    const pid = this.#livePid()
    if (pid === undefined || !this.#running) return
    signalTree(pid, 'SIGCONT')
    if (this.#running.isFrozen)
      this.#change({ state: this.#running.isReady ? 'ready' : 'starting' })
    this.#running.isFrozen = false
  }

  #livePid(): number | undefined {
    return this.#running?.hasExited ? undefined : this.#running?.child.pid
  }

  async #run(needs: Promise<unknown>): Promise<void> {
    const stopped = once(this.#stopping.signal, 'abort')
    await Promise.race([needs, stopped]) // what it waits for may never come
    if (this.#stopping.signal.aborted) return
    await this.part.prepare?.()
    for (let failures = 0; !this.#stopping.signal.aborted; ) {
      await this.#whileHeldDown(stopped)
      if (this.#stopping.signal.aborted) return
      const running = this.#spawn()
      const isReady = await this.#becomesReady(running)
      await running.exit
      if (this.#stopping.signal.aborted) return
      failures = isReady ? 0 : failures + 1
      const nothing = { pid: null, processStart: null }
      this.#change({ state: 'restarting', ...nothing, restarts: this.status.restarts + 1 })
      const backOffMs = Math.min(firstBackOffMs * 2 ** failures, backOffMaxMs)
      await sleep(backOffMs, undefined, { signal: this.#stopping.signal }).catch(() => {})
    }
  }

  async #whileHeldDown(stopped: Promise<unknown>): Promise<void> {
    if (!this.#held) return
    this.#change({ state: 'held-down' })
    await Promise.race([this.#held.promise, stopped])
  }

  #spawn(): Running {
    const { command, args, env, cwd, user } = this.part
    const log = openSync(this.#options.logFile, 'a')
    // Its own group: Ctrl-C goes to the supervisor alone, which then stops all in the right order.
    const options = { env, cwd, ...user, detached: true }
    const child = spawn(command, args, { ...options, stdio: ['ignore', log, log] })
    closeSync(log)
    const running = watch(child)
    this.#running = running
    const pid = child.pid ?? null
    this.#change({ state: 'starting', pid, processStart: (pid && processStart(pid)) || null })
    return running
  }

  /** False when the process ends before it answers. */
  async #becomesReady(running: Running): Promise<boolean> {
    while (!running.hasExited && !this.#stopping.signal.aborted) {
      if (await this.part.ready()) {
        if (!this.#wasReady) await this.part.afterReady?.()
        this.#wasReady = true
        if (running.hasExited || running.isEnding) break
        running.isReady = true
        if (!running.isFrozen) this.#change({ state: 'ready' })
        this.#ready.resolve()
        return true
      }
      await Promise.race([sleep(readyEveryMs), running.exit])
    }
    return false
  }

  #change(values: Partial<PartStatus>): void {
    Object.assign(this.status, values)
    this.#options.onChange()
  }
}

/** `exit` resolves when the process is gone, or could not be started at all. */
function watch(child: ChildProcess): Running {
  const { promise: exit, resolve } = Promise.withResolvers<void>()
  const not = { hasExited: false, isEnding: false, isReady: false, isFrozen: false }
  const running: Running = { child, exit, ...not }
  const gone = () => {
    running.hasExited = true
    resolve()
  }
  child.once('exit', gone)
  child.once('error', gone)
  return running
}
