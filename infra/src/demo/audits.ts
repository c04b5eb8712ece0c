import type { Audit } from '@flashsale/contracts/http/audit.ts'
import type { Time } from './time.ts'

const everyMs = 200

export type AuditNote = { atMs: number; tookMs: number; inRush: boolean; exact: boolean }
type Deps = {
  read: () => Promise<Audit | undefined>
  opensAt: number
  isRush: () => boolean
  onInexact: (books: Audit) => void
}

/** Reads the books all the time, from the opening on: they must be exact in the middle of it too. */
export function createAudits({ read, opensAt, isRush, onInexact }: Deps) {
  const notes: AuditNote[] = []
  const inexact: Audit[] = []
  let unanswered = 0
  let last: Audit | undefined
  let isStopped = false

  async function audit(): Promise<Audit | undefined> {
    const startedAt = performance.now()
    const startedInRush = isRush()
    const books = await read()
    if (!books) {
      unanswered++
      return undefined
    }
    const inRush = startedInRush && isRush()
    const tookMs = Math.round(performance.now() - startedAt)
    notes.push({ atMs: Math.round(startedAt - opensAt), tookMs, inRush, exact: books.exact })
    last = books
    if (!books.exact) {
      inexact.push(books)
      onInexact(books)
    }
    return books
  }

  return {
    audit,
    notes,
    inexact,
    last: () => last,
    unanswered: () => unanswered,
    inRush: () => notes.filter((note) => note.inRush).length,
    stop() {
      isStopped = true
    },
    async run(time: Time): Promise<void> {
      while (!time.isUp() && !isStopped) {
        const startedAt = performance.now()
        await audit()
        await time.pause(startedAt + everyMs - performance.now())
      }
    },
  }
}
export type Audits = ReturnType<typeof createAudits>
