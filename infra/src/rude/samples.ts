import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { PlainError } from '../plain-error.ts'

/** The gateway at one moment. */
export type Sample = {
  atS: number
  phase: string
  /** Of the rude clients, as they see it. */
  rude: number
  rssMiB: number
  heapMiB: number
  externalMiB: number
  fds: number
  connections: number
  /** Sockets on the gateway's port as the kernel has them, by state. */
  sockets: Record<string, number>
  /** The buyers', since the sample before. */
  answers: number
  buyP50Ms: number | undefined
  buyP99Ms: number | undefined
}
export type GatewaySample = Pick<
  Sample,
  'rssMiB' | 'heapMiB' | 'externalMiB' | 'fds' | 'connections' | 'sockets'
>

const stateNames: Record<string, string> = {
  '01': 'established',
  '03': 'syn-received',
  '04': 'fin-wait-1',
  '05': 'fin-wait-2',
  '06': 'time-wait',
  '08': 'close-wait',
  '09': 'last-ack',
  '0B': 'closing',
}
const mib = 2 ** 20
const triesMax = 5
const againAfterMs = 500
const timeoutMs = 10_000

export async function sampleGateway(pid: number, url: string): Promise<GatewaySample> {
  const text = await metricsOf(url)
  const of = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  return {
    rssMiB: of('process_resident_memory_bytes') / mib,
    heapMiB: of('nodejs_heap_size_used_bytes') / mib,
    externalMiB: of('nodejs_external_memory_bytes') / mib,
    fds: readdirSync(`/proc/${pid}/fd`).length,
    connections: of('http_connections'),
    sockets: socketsOn(Number(new URL(url).port), readFileSync(`/proc/${pid}/net/tcp`, 'utf8')),
  }
}

/** From proc(5) net/tcp: those whose own end is this port. */
export function socketsOn(port: number, table: string): Record<string, number> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const counts: Record<string, number> = {}
  for (const line of table.split('\n')) {
    const [, local = '', , state = ''] = line.trim().split(/\s+/)
    const name = stateNames[state]
    if (name && local.endsWith(`:${hex}`)) counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

/** Connections that the gateway's limits have ended so far, by the limit. */
export async function endedBy(url: string): Promise<Record<string, number>> {
  const text = await metricsOf(url)
  const found = text.matchAll(/^http_connections_ended_total\{why="([^"]+)"\} (\d+)$/gm)
  return Object.fromEntries([...found].map(([, why = '', count]) => [why, Number(count)]))
}

/** The door is full now and then, for whoever asks. */
async function metricsOf(url: string): Promise<string> {
  for (let times = 1; times <= triesMax; times++) {
    try {
      const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(timeoutMs) })
      if (answer.ok) return await answer.text()
    } catch {
      // its connection was closed to make room, or is not taken in yet
    }
    await sleep(againAfterMs)
  }
  throw new PlainError(`${url}/metrics was asked ${triesMax} times and not answered`)
}
