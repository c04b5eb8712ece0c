import { setTimeout as sleep } from 'node:timers/promises'

const askEveryMs = 200
const askTimeoutMs = 1_000

export type Target = { url: string; host: string; port: number; isReady: boolean }

export function targetsOf(urls: string): Target[] {
  return urls.split(',').map((url) => {
    const { hostname, port } = new URL(url)
    return { url, host: hostname, port: Number(port), isReady: true }
  })
}

/** Whoever is next in turn, the ready ones before those that are not: these may answer with a 503. */
export function createTurns(targets: Target[]): () => Target[] {
  let turn = 0
  return () => {
    turn = (turn + 1) % targets.length
    const inTurn = [...targets.slice(turn), ...targets.slice(0, turn)]
    return [...inTurn.filter(({ isReady }) => isReady), ...inTurn.filter((t) => !t.isReady)]
  }
}

/** Asks each target's /readyz again and again, for as long as this process lives. */
export async function watchReadiness(target: Target): Promise<never> {
  while (true) {
    target.isReady = await isReady(target.url)
    await sleep(askEveryMs)
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(askTimeoutMs) })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}
