import type { Audit } from '@flashsale/contracts/http/audit.ts'
import type { Time } from './time.ts'

export const rushAuditsMin = 20
const everyMs = 200

/** `rush`: the opening's own; `asking`: any time while buyers ask for units. */
export type When = 'rush' | 'asking' | 'later'
export type AuditNote = { atMs: number; tookMs: number; when: When; exact: boolean }
type Deps = {
  read: () => Promise<Audit | undefined>
  opensAt: number
  when: () => When
  onInexact: (books: Audit) => void
}

/** Reads the books all the time, from the opening on: they must be exact in the middle of it too. */
export function createAudits({ read, opensAt, when: now, onInexact }: Deps) {
  const notes: AuditNote[] = []
  const inexact: Audit[] = []
  let unanswered = 0
  let last: Audit | undefined
  let isStopped = false

  async function audit(): Promise<Audit | undefined> {
    const startedAt = performance.now()
    const when = now()
    const books = await read()
    if (!books) {
      unanswered++
      return undefined
    }
    const tookMs = Math.round(performance.now() - startedAt)
    notes.push({ atMs: Math.round(startedAt - opensAt), tookMs, when, exact: books.exact })
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
    inRush: () => countOf(notes, 'rush'),
    whileAsking: () => countOf(notes, 'rush') + countOf(notes, 'asking'),
    stop() {
      isStopped = true
    },
    async run(time: Time): Promise<void> {
      while (!time.isUp() && !isStopped) {
        const startedAt = performance.now()
        await audit()
        const tookMs = performance.now() - startedAt
        await time.pause(Math.max(everyMs - tookMs, tookMs)) // at most half of the time is ours
      }
    },
  }
}
const countOf = (notes: AuditNote[], when: When) =>
  notes.filter((note) => note.when === when).length

export type Audits = ReturnType<typeof createAudits>
