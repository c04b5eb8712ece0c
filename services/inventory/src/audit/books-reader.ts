import { Worker } from 'node:worker_threads'
import type { SaleId } from '@flashsale/contracts/ids.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { atMost } from '@flashsale/service-kit/wait.ts'
import type { readConfig } from '../config.ts'
import type { judgeSale } from './audit-sale.ts'

const CLOSE_MS_MAX = 2_000
const ENDED = 'what reads the books has ended'
const program = new URL('../books-reader/main.ts', import.meta.url)

type Judged = Awaited<ReturnType<typeof judgeSale>>
export type BooksReader = { read(saleId: SaleId): Promise<Judged> }

export type Asked = { id: number; saleId: SaleId } | 'end'
/** Errors lose their code on the way from one thread to another: it is told beside them. */
export type Said = { id: number; judged: Judged } | { id: number; message: string; code: string }
/** Where it finds what it reads. */
export type ReaderSettings = Pick<
  ReturnType<typeof readConfig>,
  'instance' | 'database' | 'redis' | 'orderUrl' | 'paymentUrl'
>
type Waiting = { tell(judged: Judged): void; fail(error: Error): void }

/**
 * Reads and judges books in a thread of its own. Those of a large sale take most of a second of CPU, and
 * whoever asks for units meanwhile would wait for it. A thread that fails is made anew by who asks next.
 */
export function startBooksReader(settings: ReaderSettings, log: Log) {
  const waiting = new Map<number, Waiting>()
  let thread: Worker | undefined
  let last = 0

  const take = (said: Said) => {
    const one = waiting.get(said.id)
    waiting.delete(said.id)
    if ('judged' in said) one?.tell(said.judged)
    else one?.fail(Object.assign(new Error(said.message), { code: said.code }))
  }
  const start = () => {
    const started = new Worker(program, { workerData: pick(settings) })
    started.on('message', take)
    started.on('error', (error) => log.error({ err: error }, 'what reads the books has failed'))
    started.on('exit', () => {
      thread = undefined
      for (const { tell } of waiting.values()) tell({ kind: 'unavailable', what: ENDED })
      waiting.clear()
    })
    return started
  }
  return {
    read(saleId: SaleId): Promise<Judged> {
      thread ??= start()
      const id = ++last
      const judged = new Promise<Judged>((tell, fail) => waiting.set(id, { tell, fail }))
      thread.postMessage({ id, saleId } satisfies Asked)
      return judged
    },
    /** Its connections are closed first; 2 s at most. */
    async close(): Promise<void> {
      const ending = thread
      if (!ending) return
      const ended = new Promise((resolve) => ending.once('exit', resolve))
      ending.postMessage('end' satisfies Asked)
      await atMost(CLOSE_MS_MAX, ended)
      await ending.terminate()
    },
  }
}

/** What it has no use for stays here, secrets first. */
const pick = ({ instance, database, redis, orderUrl, paymentUrl }: ReaderSettings) => ({
  instance,
  database,
  redis,
  orderUrl,
  paymentUrl,
})
