import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Answer } from '@flashsale/service-kit/problem.ts'
import type { Turns } from '../clients/turns.ts'
import type { IsProxy } from '../domain/address-key.ts'
import type { Shedding } from '../domain/shedding.ts'
import { metrics } from '../metrics.ts'
import { tryLater } from './queue-answers.ts'

export type Load = Pick<Shedding, 'isOver' | 'refuse'>
type Deps = { load: Load; turns: Turns; isProxy: IsProxy }

const REST_MS_MAX = 5_000 // a client without patience may ask for something else
const PROXIES_SAY = ['x-forwarded-for', 'forwarded', 'via']

/**
 * In overload: who finds no room is sent away before anything of the request is read. What comes over
 * that connection is not read either until the time is over that was told, or 5 s: a buyer who comes back
 * at once costs nothing. A proxy's connection belongs to many buyers, and is read on; also one that is not
 * ours, as its headers tell.
 */
export function createSendAway({ load, turns, isProxy }: Deps) {
  return (request: IncomingMessage): Answer | undefined => {
    if (!load.isOver() || turns.hasRoom()) return undefined
    const seconds = load.refuse(performance.now(), Math.random())
    const isShared = isProxy(request) || PROXIES_SAY.some((name) => name in request.headers)
    if (!isShared) setImmediate(rest, request.socket, restMsOf(seconds))
    metrics.attempts.inc({ outcome: 'try-later', asked: 'no' })
    return tryLater(seconds)
  }
}
export type SendAway = ReturnType<typeof createSendAway>

/** How long nothing is read of one who was told to stay away for so many seconds. */
export const restMsOf = (seconds: number) => Math.min(seconds * 1_000, REST_MS_MAX)

/** After the answer: the end of a request has its connection read again. */
function rest(socket: Socket, ms: number) {
  socket.pause()
  setTimeout(() => socket.resume(), ms).unref()
}
