import type { PartStatus } from '../supervisor/part.ts'

const timeoutMs = 3_000

/** Of each service that answers: its heap's old space, its buffers, its event loop, what it has not handled yet. */
export async function readMetrics(parts: readonly PartStatus[]): Promise<Record<string, number>> {
  const services = parts.filter(({ kind }) => kind === 'service')
  const pages = await Promise.all(services.map(async ({ name, url }) => [name, await page(url)]))
  const figures: Record<string, number> = {}
  for (const [name = '', text] of pages) {
    if (text === undefined) continue
    const old = sumOf(text, 'nodejs_heap_space_size_used_bytes', 'space="old"')
    const external = sumOf(text, 'nodejs_external_memory_bytes')
    const lag = sumOf(text, 'consumer_lag')
    const loop = sumOf(text, 'nodejs_eventloop_lag_p99_seconds')
    if (old !== undefined) figures[`heap ${name}`] = old / 2 ** 20
    if (loop !== undefined) figures[`event loop p99 ${name}`] = loop * 1_000
    if (external !== undefined) figures[`external ${name}`] = external / 2 ** 20
    if (lag !== undefined) figures[`consumer lag ${name}`] = lag
  }
  return figures
}

async function page(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(timeoutMs) })
    return response.ok ? await response.text() : undefined
  } catch {
    return undefined // it is on its way back
  }
}

/** All series of one name, with a label where one is named. Undefined when there is none. */
export function sumOf(text: string, name: string, label = ''): number | undefined {
  let sum: number | undefined
  for (const line of text.split('\n')) {
    const rest = line.startsWith(name) ? line.slice(name.length) : ''
    if (!/^[ {]/.test(rest) || !rest.includes(label)) continue
    sum = (sum ?? 0) + Number(rest.slice(rest.lastIndexOf('}') + 1).trim())
  }
  return sum
}
