/**
 * The right to do one piece of work for a while. It saves work and keeps no promise: its holder can be
 * stopped for longer than its time and go on without knowing. What must not be written twice carries
 * the token through a fence (fence.ts), or is guarded by conditions of its own.
 */
export type Lease = {
  name: string
  /** Higher than every one granted before under this name. */
  token: number
  /** Aborted when it is lost or released, or its time is over as far as can be known here. */
  signal: AbortSignal
  /** False: it is lost. Rejects without an answer of the store, and goes on until its time is over. */
  extend(): Promise<boolean>
  /** Whatever became of it meanwhile, a successor's lease is left alone. */
  release(): Promise<void>
}

export type AcquireOptions = {
  ttlMs: number
  /** Whose process this is: a holder of the same name has died, and is succeeded at once. */
  holder: string
}

export type Leases = {
  /** Undefined while another holder has it. Rejects without an answer of the store, within `ttlMs`. */
  acquire(name: string, options: AcquireOptions): Promise<Lease | undefined>
}
