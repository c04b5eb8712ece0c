import assert from 'node:assert/strict'
import type { Role } from './secure-postgres.ts'
import type { SecureStores } from './secure-stores.ts'

const NOT_ALLOWED = { code: '42501' }

const refused: Record<'inventory' | 'order' | 'payment', string[]> = {
  inventory: [
    'drop table holds',
    'alter table holds add column note text',
    'alter table holds disable trigger all',
    'create table notes (note text)',
    'create temporary table notes (note text)',
    'truncate holds',
    'delete from holds',
    'delete from sales',
    "update holds set buyer_id = 'somebody'",
    "update runtime_config set who = 'nobody'",
    'delete from runtime_config',
    "update admin_actions set who = 'nobody'",
    'delete from admin_actions',
    'delete from erasures',
    'update hold_units set unit = 1',
    'update withdrawals set last_unit = first_unit',
    'update sales set price_minor = 1',
    'delete from inbox',
    "update outbox set payload = '{}'",
    'delete from dead_keys',
    "insert into migrations (name, checksum) values ('9999-none.sql', '')",
    'set role inventory',
    'create role somebody',
    "select pg_read_file('/etc/passwd')",
  ],
  order: [
    'drop table orders',
    'truncate orders',
    'delete from orders',
    "update orders set pay_by = now() + interval '1 day'",
    'create index orders_state on orders (state)',
  ],
  payment: [
    'drop table payments',
    'delete from payments',
    'delete from callbacks',
    'delete from refunds',
    'delete from cancelled_orders',
    'update payments set amount_minor = 1',
    "update payments set buyer_id = 'somebody'",
    "update callbacks set body = ''",
    'update refunds set amount_minor = 1',
  ],
}

/** Tables of which rows can go away at all. */
const deletes = {
  inventory: ['hold_units', 'outbox'],
  order: ['outbox'],
  payment: ['outbox'],
}
const services = ['inventory', 'order', 'payment'] as const

export async function assertPostgresKeeps({ postgres }: SecureStores): Promise<void> {
  for (const service of services) {
    const runtime: Role = `${service}_runtime`
    const db = postgres.open(runtime, service)
    try {
      for (const sql of refused[service]) {
        await assert.rejects(db.query(sql), NOT_ALLOWED, `${runtime}: ${sql}`)
      }
      assert.deepEqual(await tables(db, "has_table_privilege(oid, 'delete')"), deletes[service])
      const without = "not has_table_privilege(oid, 'select')"
      assert.deepEqual(await tables(db, without), [], `${service}/grants.sql forgets these`)
      const more = "has_table_privilege(oid, 'truncate, references, trigger')"
      assert.deepEqual(await tables(db, more), [])
    } finally {
      await db.close()
    }
    await assertShutOut(postgres, service)
  }
}

type Db = ReturnType<SecureStores['postgres']['open']>

async function tables(db: Db, condition: string): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and ${condition}
     order by relname`,
  )
  return rows.map(({ name }) => name)
}

/** Neither as owner nor at run time has a service to do with another's database, or the server's own. */
async function assertShutOut(
  postgres: SecureStores['postgres'],
  service: (typeof services)[number],
) {
  const others = [...services.filter((one) => one !== service), 'postgres', 'template1']
  for (const role of [service, `${service}_runtime`] as const) {
    for (const database of others) {
      const db = postgres.open(role, database)
      const asked = db.query('select 1').finally(db.close)
      await assert.rejects(asked, NOT_ALLOWED, `${role} in ${database}`)
    }
  }
}
