import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionLimits } from './connection-limits.ts'
import { countEnded, gaugeConnections } from './connection-metrics.ts'
import { closeSoon } from './wire-answer.ts'

const SILENT_MS = 1_000 // what a connection asks may be on its way: it makes no room before
const LOOK_EVERY_MS = 100 // at most, for connections that can make room
const ROOM_SHARE = 0.05 // of all, that is made at once
const SPARE = 0.1 // of all: so many more are let in only to be told that there is no room

/** Why the door ended a connection. */
export type Ended =
  | 'slow-head'
  | 'slow-body'
  | 'head-too-large'
  | 'malformed'
  | 'pipelined'
  | 'unread'
  | 'unanswered'
  | 'silent'
  | 'idle'
  | 'made-room'
  | 'no-room'

export type Connection = {
  unanswered: number
  /** To the request that was asked last; undefined when all are answered. */
  last: ServerResponse | undefined
  /** Answered before its body had come: what still comes of it gets no other answer. */
  bodyOwed: boolean
  /** It was opened, asked or answered. */
  changedAtMs: number
  /** Let in only to be told that there is no room. */
  isSurplus: boolean
}
export type Connections = ReturnType<typeof watchConnections>

/** All that are open; when they are too many, the silent ones make room. */
export function watchConnections(server: Server, limits: ConnectionLimits) {
  const { connectionsMax } = limits
  const open = new Map<Socket, Connection>()
  const gauge = gaugeConnections()
  let lookedAtMs = Number.NEGATIVE_INFINITY
  server.maxConnections = connectionsMax + Math.ceil(connectionsMax * SPARE)

  const hangUp = (socket: Socket, why: Ended) => {
    countEnded(why)
    socket.destroy()
  }

  /** Those first that have been silent longest. */
  function makeRoom(nowMs: number): boolean {
    if (nowMs - lookedAtMs < LOOK_EVERY_MS) return false
    lookedAtMs = nowMs
    const silent = [...open]
      .filter(([, one]) => one.unanswered === 0 && one.changedAtMs < nowMs - SILENT_MS)
      .sort(([, one], [, other]) => one.changedAtMs - other.changedAtMs)
      .slice(0, Math.ceil(connectionsMax * ROOM_SHARE))
    for (const [socket] of silent) {
      open.delete(socket)
      hangUp(socket, 'made-room')
    }
    return silent.length > 0
  }

  server.on('connection', (socket) => {
    // Node counts those of its own listener alone.
    if (open.size >= server.maxConnections) return hangUp(socket, 'no-room')
    const nowMs = performance.now()
    const isSurplus = open.size >= connectionsMax && !makeRoom(nowMs)
    open.set(socket, {
      unanswered: 0,
      last: undefined,
      bodyOwed: false,
      changedAtMs: nowMs,
      isSurplus,
    })
    gauge.set(open.size)
    socket.once('close', () => {
      open.delete(socket)
      gauge.set(open.size)
    })
    if (!isSurplus) return
    countEnded('no-room')
    closeSoon(socket)
  })
  server.on('drop', () => countEnded('no-room'))
  server.on('timeout', (socket: Socket) => {
    const { unanswered = 0 } = open.get(socket) ?? {}
    if (unanswered > 0) hangUp(socket, socket.writableLength > 0 ? 'unread' : 'unanswered')
    else hangUp(socket, socket.bytesRead === 0 ? 'silent' : 'idle')
  })
  return { find: (socket: Socket) => open.get(socket), hangUp }
}
