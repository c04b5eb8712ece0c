import { Client } from 'pg'

const connectTimeoutMs = 5_000

/** One connection for one piece of work; when it breaks, the query under way fails. */
export async function withPostgres<T>(
  url: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs })
  client.on('error', () => {}) // the query fails with it
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
