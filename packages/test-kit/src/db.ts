import type { TestContext } from 'node:test'
import { Client } from 'pg'
import { randomName, randomSecret } from './random.ts'
import { servers } from './servers.ts'

/** A database of its own, owned by a role that can log in to no other one. Gone after the test. */
export async function testDatabase(t: TestContext, { name = 'db' } = {}): Promise<string> {
  const id = `${randomName()}_${name}`
  const password = randomSecret()
  await asSuperuser([
    `create role ${id} login password '${password}'`,
    `create database ${id} owner ${id}`,
    `revoke connect on database ${id} from public`,
  ])
  t.after(() => asSuperuser([`drop database ${id} with (force)`, `drop role ${id}`]))

  const url = new URL(servers.postgresUrl())
  url.username = id
  url.password = password
  url.pathname = `/${id}`
  return url.href
}

async function asSuperuser(statements: string[]) {
  const client = new Client({ connectionString: servers.postgresUrl() })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
