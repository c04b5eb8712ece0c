import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { type Cluster, unexpected } from '../k8s/in-cluster.ts'

const SECRET_BYTES = 48
const DATABASES = ['inventory', 'order', 'payment'] as const

type Data = Record<string, string>
const Stored = z.object({ data: z.record(z.string(), z.base64()) })
const random = () => randomBytes(SECRET_BYTES).toString('base64url')
const passwordName = (database: string) => `${database.toUpperCase()}_PASSWORD`

/** Names of the Secrets that were not there before. */
export async function makeSecrets(cluster: Cluster): Promise<string[]> {
  const made: string[] = []
  const create = async (name: string, data: Data) => {
    if (await createOnce(cluster, name, data)) made.push(name)
  }
  const passwords = ['POSTGRES_PASSWORD', ...DATABASES.map(passwordName)]
  await create('postgres-secrets', Object.fromEntries(passwords.map((name) => [name, random()])))
  await create('bank-secrets', { BANK_SECRET: random() })
  const [postgres, bank] = await Promise.all(
    ['postgres-secrets', 'bank-secrets'].map((name) => readSecret(cluster, name)),
  )
  const urlOf = (database: string) =>
    `postgres://${database}:${postgres?.[passwordName(database)]}@postgres:5432/${database}`
  await create('gateway-secrets', { JWT_SECRET: random(), ORDER_ID_SECRET: random() })
  const erasure = { ERASURE_SECRET: random() }
  await create('inventory-secrets', { DATABASE_URL: urlOf('inventory'), ...erasure })
  await create('order-secrets', { DATABASE_URL: urlOf('order') })
  const { BANK_SECRET = '' } = bank ?? {}
  await create('payment-secrets', { DATABASE_URL: urlOf('payment'), BANK_SECRET })
  return made
}

const pathOf = ({ namespace }: Cluster) => `/api/v1/namespaces/${namespace}/secrets`

/** False when it is there already: nothing is changed then. */
async function createOnce(cluster: Cluster, name: string, stringData: Data): Promise<boolean> {
  const labels = { 'app.kubernetes.io/part-of': 'flashsale' }
  const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name, labels }, stringData }
  const answer = await cluster.ask({ method: 'POST', path: pathOf(cluster), body })
  if (answer.status === 201) return true
  if (answer.status === 409) return false
  throw unexpected(`create ${name}`, answer)
}

async function readSecret(cluster: Cluster, name: string): Promise<Data> {
  const answer = await cluster.ask({ method: 'GET', path: `${pathOf(cluster)}/${name}` })
  if (answer.status !== 200) throw unexpected(`read ${name}`, answer)
  const { data } = Stored.parse(answer.body)
  const text = (base64: string) => Buffer.from(base64, 'base64').toString()
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, text(value)]))
}
