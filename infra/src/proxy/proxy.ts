import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { type Rules, Way } from './way.ts'

const host = '127.0.0.1'
const backlog = 4_096

type Mode = 'pass' | 'stall' | 'hold-answers'
type Line = { client: Socket; server: Socket; ways: Way[] }

export async function startProxy(options: { target: number; port?: number }): Promise<TcpProxy> {
  const proxy = new TcpProxy(options.target)
  await proxy.listen(options.port ?? 0)
  return proxy
}

/** A line to one server that a drill can cut, stall and slow; it runs in the process that made it. */
export class TcpProxy {
  readonly #lines = new Set<Line>()
  #listener: Server | undefined
  #port = 0
  #target: number
  #mode: Mode = 'pass'
  #delayMs = 0
  #answerHeld: (() => void) | undefined

  constructor(target: number) {
    this.#target = target
  }

  get port(): number {
    return this.#port
  }

  async listen(port: number): Promise<void> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      this.#accept(client)
    })
    this.#listener = listener
    listener.listen({ port, host, backlog })
    await once(listener, 'listening')
    this.#port = (listener.address() as { port: number }).port
  }

  /** Resets every connection and refuses new ones. */
  cut(): void {
    this.#listener?.close()
    this.#resetAll()
  }

  /** Connections are accepted and stay, and nothing passes: what is sent waits until `restore`. */
  stall(): void {
    this.#mode = 'stall'
  }

  /** Requests pass, answers are kept until `restore`, or lost by `cut`. Resolves once one is kept. */
  holdAnswers(): Promise<void> {
    this.#mode = 'hold-answers'
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#answerHeld = resolve
    return promise
  }

  /** So long for each chunk in each direction. */
  delay(ms: number): void {
    this.#delayMs = ms
    this.#passAll()
  }

  /** As at first: passes all, also what was kept. Resolves once it listens again. */
  async restore(): Promise<void> {
    this.#mode = 'pass'
    this.#delayMs = 0
    this.#passAll()
    if (!this.#listener?.listening) await this.listen(this.#port)
  }

  /** Resets every connection; new ones go to this port. */
  retarget(port: number): void {
    this.#target = port
    this.#resetAll()
  }

  async close(): Promise<void> {
    this.cut()
  }

  #accept(client: Socket): void {
    const server = connect({ port: this.#target, host, allowHalfOpen: true, noDelay: true })
    const requests = () => this.#rules(['stall'])
    const answers = () => this.#rules(['stall', 'hold-answers'])
    const ways = [
      new Way(client, server, requests, () => {}),
      new Way(server, client, answers, () => this.#answerHeld?.()),
    ]
    const line = { client, server, ways }
    this.#lines.add(line)
    for (const socket of [client, server]) {
      socket.once('error', () => this.#reset(line)) // also when nobody listens at the target
      socket.once('close', () => {
        if (client.destroyed && server.destroyed) this.#lines.delete(line)
      })
    }
  }

  #rules(holding: Mode[]): Rules {
    return { isHeld: holding.includes(this.#mode), delayMs: this.#delayMs }
  }

  #passAll(): void {
    for (const { ways } of this.#lines) for (const way of ways) way.pass()
  }

  #resetAll(): void {
    for (const line of this.#lines) this.#reset(line)
  }

  #reset(line: Line): void {
    this.#lines.delete(line)
    line.client.resetAndDestroy()
    line.server.resetAndDestroy()
  }
}
