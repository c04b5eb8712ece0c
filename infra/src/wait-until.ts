import { setTimeout as sleep } from 'node:timers/promises'

const askEveryMs = 50

/** Fails naming what did not come in time. */
export async function waitUntil(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`)
    await sleep(askEveryMs)
  }
}
