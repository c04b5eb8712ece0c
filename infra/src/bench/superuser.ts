import type { Client } from 'pg'
import { withPostgres } from '../with-postgres.ts'
import type { World } from './world.ts'

/** In the ledger's database, with the rights to read and write the server's files. */
export async function asSuperuser<T>(
  { stack: { addresses } }: World,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  return await withPostgres(superuserUrl(addresses), work)
}

export function superuserUrl({ postgres, databases }: World['stack']['addresses']): string {
  const url = new URL(postgres)
  url.pathname = `/${databases.inventory.name}`
  return url.href
}
