import { readFileSync } from 'node:fs'
import { ownStateDir } from '../checkout.ts'
import { UsageError } from '../plain-error.ts'
import { startStack } from '../stack/stack.ts'
import { tokenSigner } from '../stack/tokens.ts'

const buyersMax = 100_000 // after these the first ones come again

/** The system that is loaded, and who may do what there. */
export type Target = {
  url: string
  adminToken: string
  /** Tokens of so many buyers, or of as many as there are. */
  buyers(count: number): string[]
  /** Parts of ours that were started again meanwhile. */
  died(): string[]
  stop(how: { keep: boolean }): Promise<void>
}

export async function openTarget(url: string | undefined): Promise<Target> {
  return url === undefined ? await ownSystem() : givenSystem(url, process.env)
}

async function ownSystem(): Promise<Target> {
  const stateDir = ownStateDir('k6')
  console.error('starting Postgres, Redis, Kafka, the bank and the services')
  const startedAt = performance.now()
  const stack = await startStack({ stateDir, fresh: true })
  console.error(`all ready after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`)
  return {
    url: stack.addresses.gateway,
    ...signed(stack.settings.secrets.jwt),
    died: () =>
      stack
        .status()
        .filter(({ restarts }) => restarts > 0)
        .map(({ name }) => name),
    stop: async ({ keep }) => {
      if (keep) console.error(`logs and data are kept in ${stateDir}`)
      await stack.stop({ wipe: !keep })
    },
  }
}

/** Of somebody else: with its secret all tokens are made here, as far as they are not given. */
export function givenSystem(url: string, env: NodeJS.ProcessEnv): Target {
  const { FLASHSALE_JWT_SECRET: secret, FLASHSALE_TOKENS_FILE: file } = env
  const made = secret ? signed(secret) : undefined
  const adminToken = env.FLASHSALE_ADMIN_TOKEN || made?.adminToken
  const given = file ? tokensIn(file) : undefined
  const buyers = given ? (count: number) => given.slice(0, count) : made?.buyers
  if (!adminToken || !buyers) {
    throw new UsageError(
      '--url takes FLASHSALE_JWT_SECRET from the environment, or FLASHSALE_ADMIN_TOKEN and FLASHSALE_TOKENS_FILE',
    )
  }
  return { url, adminToken, buyers, died: () => [], stop: async () => {} }
}

/** In the order in which k6 counts them. */
function tokensIn(file: string): string[] {
  const tokens = readFileSync(file, 'utf8').split('\n')
  const there = tokens.filter((token) => token !== '')
  if (there.length === 0) throw new UsageError(`${file} has no tokens`)
  return there
}

function signed(secret: string): Pick<Target, 'adminToken' | 'buyers'> {
  const sign = tokenSigner(secret)
  return {
    adminToken: sign('k6', 'admin'),
    buyers: (count) =>
      Array.from({ length: Math.min(count, buyersMax) }, (_, index) => sign(`k6-${index + 1}`)),
  }
}
