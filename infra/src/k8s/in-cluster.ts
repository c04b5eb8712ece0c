/** Kubernetes' API for a pod of ours, with the token that was mounted for it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const TIMEOUT_MS = 10_000

export const ClusterEnv = z.object({
  /** Where token and namespace are; Node finds the certificate by NODE_EXTRA_CA_CERTS. */
  ACCESS_FOLDER: z.string().min(1),
  KUBERNETES_SERVICE_HOST: z.string().min(1),
  KUBERNETES_SERVICE_PORT: z.coerce.number().int().min(1).max(65_535),
})

type Asked = { method: 'GET' | 'POST' | 'PATCH'; path: string; body?: object }
export type Answer = { status: number; body: unknown }
export type Cluster = { namespace: string; ask(asked: Asked): Promise<Answer> }

export function inCluster(env: z.infer<typeof ClusterEnv>): Cluster {
  const read = (file: string) => readFileSync(join(env.ACCESS_FOLDER, file), 'utf8').trim()
  const host = env.KUBERNETES_SERVICE_HOST
  const base = `https://${host.includes(':') ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT}`
  return {
    namespace: read('namespace'),
    async ask({ method, path, body }) {
      const response = await fetch(base + path, {
        method,
        headers: {
          authorization: `Bearer ${read('token')}`, // it is written anew while we run
          'content-type': `application/${method === 'PATCH' ? 'merge-patch+json' : 'json'}`,
        },
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(body && { body: JSON.stringify(body) }),
      })
      return { status: response.status, body: await response.json() }
    },
  }
}

/** For an answer that nobody expected: what Kubernetes says of it. */
export function unexpected(what: string, { status, body }: Answer): Error {
  const { message = '' } = z.object({ message: z.string() }).partial().parse(body)
  return new Error(`${what}: ${status} ${message}`.trim())
}
