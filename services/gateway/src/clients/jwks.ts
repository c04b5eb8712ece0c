import { Fault } from '@flashsale/service-kit/fault.ts'
import { z } from 'zod'

const TIMEOUT_MS = 2_000 // for all of it: a buyer may wait for this answer
const BYTES_MAX = 256 * 1024
const KEYS_MAX = 100

const KeySet = z.object({ keys: z.array(z.unknown()).max(KEYS_MAX) })

export type JwksClient = {
  /** The keys as they are told, of any kind. Throws when there is no answer that is a key set. */
  read(): Promise<unknown[]>
}

/** The key set of whoever signs the tokens (RFC 7517). */
export function createJwksClient(url: string): JwksClient {
  return {
    async read() {
      const response = await fetch(url, {
        headers: { accept: 'application/json' },
        redirect: 'error', // the keys of another place are another's
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      if (response.status !== 200) {
        await response.body?.cancel()
        throw new Fault('jwks.status', 'the key set is not there', { status: response.status })
      }
      const { keys } = KeySet.parse(JSON.parse(await readText(response)))
      return keys
    },
  }
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > BYTES_MAX) throw new Fault('jwks.too-large', 'the key set is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
