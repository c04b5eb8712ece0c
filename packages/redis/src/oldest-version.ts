import type { Redis } from 'ioredis'

const OLDEST = { major: 6, minor: 2 } // all tests are run on it too

/** Fails, in one line, on a server older than the scripts and streams were ever tried on. */
export async function assertSupported(redis: Redis): Promise<void> {
  const refusal = refusalOf(await redis.info('server'))
  if (refusal) throw new Error(refusal)
}

/** From what INFO says; a server that hides its version is not refused. */
export function refusalOf(info: string): string | undefined {
  const [, version, major, minor] = /^redis_version:((\d+)\.(\d+)\S*)/m.exec(info) ?? []
  if (Number(major) > OLDEST.major) return undefined
  if (version === undefined || (Number(major) === OLDEST.major && Number(minor) >= OLDEST.minor))
    return undefined
  return `Redis ${version} is too old: the oldest supported is ${OLDEST.major}.${OLDEST.minor}`
}
