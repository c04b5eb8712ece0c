import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'

export type Script = (redis: Redis, keys: string[], args: (string | number)[]) => Promise<unknown>

/**
 * A Lua script from the given files, joined in order; read at the first call. Sent by its hash, and
 * in full only to a server that does not know it: that server has not run it, so nothing runs twice.
 */
export function luaScript(...files: URL[]): Script {
  let loaded: { source: string; sha: string } | undefined
  const load = () => {
    const source = files.map((file) => readFileSync(file, 'utf8')).join('\n')
    return { source, sha: createHash('sha1').update(source).digest('hex') }
  }
  return async (redis, keys, args) => {
    loaded ??= load()
    try {
      return await redis.evalsha(loaded.sha, keys.length, ...keys, ...args)
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return await redis.eval(loaded.source, keys.length, ...keys, ...args)
    }
  }
}
