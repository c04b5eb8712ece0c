import type { Socket } from 'node:net'

const heldBytesMax = 1_048_576 // more is left in the sender's socket, as a slow line would leave it

type Held = { dueAt: number; chunk: Buffer | 'end' }

/** What both directions of a connection obey; read anew for every chunk. */
export type Rules = { isHeld: boolean; delayMs: number }

/** One direction of one connection: passes in order what came in, or keeps it for now. */
export class Way {
  readonly #from: Socket
  readonly #to: Socket
  readonly #rules: () => Rules
  readonly #onHeld: () => void
  #held: Held[] = []
  #heldBytes = 0
  #timer: NodeJS.Timeout | undefined
  #isFull = false

  constructor(from: Socket, to: Socket, rules: () => Rules, onHeld: () => void) {
    this.#from = from
    this.#to = to
    this.#rules = rules
    this.#onHeld = onHeld
    from.on('data', (chunk: Buffer) => this.#take(chunk))
    from.on('end', () => this.#take('end'))
    to.on('drain', () => {
      this.#isFull = false
      this.pass()
    })
    from.once('close', () => clearTimeout(this.#timer))
  }

  get isHolding(): boolean {
    return this.#held.length > 0
  }

  #take(chunk: Buffer | 'end'): void {
    this.#held.push({ dueAt: performance.now() + this.#rules().delayMs, chunk })
    this.#heldBytes += chunk.length
    if (this.#heldBytes > heldBytesMax) this.#from.pause()
    this.pass()
    if (this.isHolding && this.#rules().isHeld) this.#onHeld()
  }

  /** Passes what is due; called again whenever the rules change. */
  pass(): void {
    clearTimeout(this.#timer)
    while (!this.#rules().isHeld && !this.#isFull) {
      const next = this.#held[0]
      if (!next) break
      const waitMs = this.#rules().delayMs === 0 ? 0 : next.dueAt - performance.now()
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.pass(), Math.ceil(waitMs))
        break
      }
      this.#held.shift()
      this.#send(next.chunk)
    }
    if (this.#heldBytes <= heldBytesMax) this.#from.resume()
  }

  #send(chunk: Buffer | 'end'): void {
    this.#heldBytes -= chunk.length
    if (chunk === 'end') this.#to.end()
    else if (!this.#to.destroyed) this.#isFull = !this.#to.write(chunk)
  }
}
