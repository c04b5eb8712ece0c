import { withPostgres } from '../with-postgres.ts'

const writers = 4

export type CommitWitness = {
  /** Commits that the server acknowledged, each by its number. */
  acknowledged(): number[]
  /** Resolves when no writer can write any more: their server is gone. */
  ended: Promise<unknown>
}

/** Commits rows as fast as it can until the server dies, and remembers which ones it was told are safe. */
export async function startCommitWitness(url: string): Promise<CommitWitness> {
  await withPostgres(url, async (client) => {
    await client.query('create table if not exists commit_witness (id int primary key)')
  })
  const acknowledged: number[] = []
  let next = 0
  const write = () => {
    return withPostgres(url, async (client) => {
      while (true) {
        const id = next++
        await client.query('insert into commit_witness values ($1)', [id])
        acknowledged.push(id)
      }
    })
  }
  const ended = Promise.allSettled(Array.from({ length: writers }, write))
  return { acknowledged: () => [...acknowledged], ended }
}

/** Those of these commits that the server does not have. */
export async function lostCommits(url: string, acknowledged: number[]): Promise<number[]> {
  return await withPostgres(url, async (client) => {
    const { rows } = await client.query<{ id: number }>('select id from commit_witness')
    const found = new Set(rows.map(({ id }) => id))
    return acknowledged.filter((id) => !found.has(id))
  })
}
