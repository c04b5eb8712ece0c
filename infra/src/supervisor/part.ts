/** One process that the supervisor starts, watches and stops. */
export type Part = {
  name: string
  kind: 'service' | 'infra'
  url: string
  command: string
  args: string[]
  env: NodeJS.ProcessEnv
  cwd: string
  user?: ProcessUser | undefined
  /** Started once these are ready. */
  needs: string[]
  /** Parts of a lower rank are stopped first. */
  stopRank: number
  stopSignal: 'SIGTERM' | 'SIGINT'
  stopTimeoutMs: number
  prepare?: () => Promise<void>
  ready: () => Promise<boolean>
  /** Runs once, when the process answers for the first time; the part is ready after it. */
  afterReady?: () => Promise<void>
}

export type ProcessUser = { uid: number; gid: number }

export type PartState =
  | 'waiting'
  | 'starting'
  | 'ready'
  | 'frozen'
  | 'restarting'
  | 'held-down'
  | 'stopped'
  | 'failed'

export type PartStatus = {
  name: string
  kind: 'service' | 'infra'
  pid: number | null
  /** With the pid, this tells a process from a later one that got the same number. */
  processStart: string | null
  url: string
  state: PartState
  restarts: number
}
