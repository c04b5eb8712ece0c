import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { root } from '../checkout.ts'
import { PlainError } from '../plain-error.ts'

const listensWithinMs = 60_000 // it takes three seconds, on a busy machine many
const answersWithinMs = 5_000
const nobody = 'http://127.0.0.1:1' // it starts all the same, and nothing is asked of them

/** The document that the real gateway gives, as text: started alone, without Redis and without peers. */
export async function gatewayDocument(): Promise<string> {
  const gateway = spawn(process.execPath, [join(root, 'services/gateway/src/main.ts')], {
    env: { PATH: process.env.PATH, ...settings() },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const late = setTimeout(() => gateway.kill('SIGKILL'), listensWithinMs)
  try {
    const url = await listening(gateway.stdout)
    const signal = AbortSignal.timeout(answersWithinMs)
    const response = await fetch(`${url}/openapi.json`, { signal })
    if (!response.ok) throw new PlainError(`the gateway answers ${response.status}`)
    return `${JSON.stringify(await response.json(), undefined, 2)}\n`
  } finally {
    clearTimeout(late)
    gateway.kill('SIGKILL') // it holds nothing that could be lost
  }
}

function settings(): Record<string, string> {
  const secret = () => randomBytes(32).toString('hex')
  return {
    HOST: '127.0.0.1',
    PORT: '0',
    JWT_SECRET: secret(),
    ORDER_ID_SECRET: secret(),
    INVENTORY_URL: nobody,
    ORDER_URL: nobody,
    PAYMENT_URL: nobody,
    REDIS_URL: 'redis://127.0.0.1:1',
  }
}

/** The address that it writes into its log. */
async function listening(log: Readable): Promise<string> {
  let last = 'nothing'
  for await (const line of createInterface({ input: log })) {
    const url = /"Server listening at (http:[^"]+)"/.exec(line)?.[1]
    if (url) return url
    last = line
  }
  throw new PlainError(`the gateway ended before it listened; it said last: ${last}`)
}
