import { once } from 'node:events'
import { connect } from 'node:net'
import { until } from '@flashsale/service-kit/wait.ts'

const WITHIN_MS = 20_000 // the machine may be busy; the limits of a test are far below

export type RawClient = Awaited<ReturnType<typeof dial>>

/** A connection that sends what it is told, well formed or not, and closes nothing by itself. */
export async function dial(url: string) {
  const { port, hostname } = new URL(url)
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
  let received = ''
  let ended = false
  socket.setEncoding('latin1')
  socket.on('data', (text) => {
    received += text
  })
  socket.on('error', () => {}) // told by `close`, too
  socket.on('end', () => {
    ended = true
  })
  await once(socket, 'connect')
  const waitFor = (what: string, isSo: () => boolean) => until(isSo, { timeoutMs: WITHIN_MS, what })
  const statuses = () => [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status)
  return {
    socket,
    send: (text: string) => socket.write(text, 'latin1'),
    received: () => received,
    statuses,
    answers: (count: number) => waitFor(`${count} answers`, () => statuses().length >= count),
    /** The server has closed it, with or without a word. */
    ended: () => waitFor('the end of a connection', () => ended || socket.destroyed),
    isOpen: () => !ended && !socket.destroyed,
    /** Codes of the problem documents that came, in order. */
    problems: () =>
      [...received.matchAll(/urn:flashsale:problem:([a-z-]+)/g)].map(([, code]) => code),
  }
}

/** Sends the pieces one after the other until all are sent or the connection is gone. */
export async function trickle({ socket }: RawClient, pieces: Iterable<string>, everyMs: number) {
  for (const piece of pieces) {
    if (socket.destroyed) return
    socket.write(piece, 'latin1')
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}

type Lines = Record<string, string | number>
export const head = (line: string, fields: Lines = {}) =>
  [
    `${line} HTTP/1.1`,
    'host: door',
    ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
    '\r\n',
  ].join('\r\n')
