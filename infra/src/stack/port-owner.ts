import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const listening = '0A' // as /proc/net/tcp writes the state
const commandLengthMax = 80

/** The process that listens on a port; undefined where the system does not tell. */
export function listenerOn(port: number): { pid: number; command: string } | undefined {
  const sockets = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((t) => listeners(t, port)))
  if (sockets.size === 0) return undefined
  for (const entry of entries('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const isOwner = entries(`/proc/${entry}/fd`).some((fd) => {
      return sockets.has(linkTarget(`/proc/${entry}/fd/${fd}`))
    })
    if (isOwner) return { pid: Number(entry), command: commandOf(entry) }
  }
  return undefined
}

function listeners(table: string, port: number): string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  const rows = read(table)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
  return rows
    .filter(([, local, , state]) => local?.endsWith(`:${hexPort}`) && state === listening)
    .map((fields) => `socket:[${fields[9]}]`)
}

/** The command line, cut; some programs name their process after a thread. */
function commandOf(pid: string): string {
  const line = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
  return (line || read(`/proc/${pid}/comm`).trim()).slice(0, commandLengthMax)
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
