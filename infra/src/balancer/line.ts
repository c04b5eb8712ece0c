import type { Socket } from 'node:net'
import type { Way } from './connect-to-first.ts'
import type { Target } from './targets.ts'

const requestStart = /^[A-Z]+ \/\S* HTTP\/1\.1\r\n/ // no body and no part of one begins so
const requestStartBytesMax = 2_048

type Deps = {
  connect: () => Promise<Way | undefined>
  isOtherReady: (target: Target) => boolean
}

/**
 * One client and its gateway, bytes both ways. Once the gateway is not ready, the client's next request
 * goes to another one over the same connection: the gateway can close what is quiet, and no request
 * meets that. What it was asked before, it answers.
 */
export async function joinLine(client: Socket, { connect, isOtherReady }: Deps): Promise<void> {
  let way: Way | undefined
  let isQuiet = true // nothing was asked since the last bytes of an answer
  let isTold = false // answered by one that was not ready: with that, it closes the connection

  const enter = async (first?: Buffer) => {
    client.pause()
    way = await connect()
    if (!way || client.destroyed) {
      way?.socket.destroy()
      if (!client.destroyed) client.resetAndDestroy()
      return
    }
    follow(way)
    if (first) send(way.socket, client, first)
    client.resume()
  }
  const follow = (mine: Way) => {
    const { socket, target } = mine
    socket.on('data', (bytes: Buffer) => {
      if (mine !== way) return
      isQuiet = true
      isTold = !target.isReady
      send(client, socket, bytes)
    })
    /** Closed while nothing was asked: the client need not know, and asks another one. */
    const isParting = () => isQuiet && !isTold && !target.isReady
    socket.on('end', () => {
      if (mine !== way) return
      if (isParting()) leave()
      else client.end()
    })
    socket.on('error', () => {
      if (mine === way) client.resetAndDestroy()
    })
    socket.on('close', () => {
      if (mine === way && !socket.readableEnded) client.destroy()
    })
  }
  const leave = () => {
    const left = way
    way = undefined
    left?.socket.destroy()
  }

  client.on('data', (bytes: Buffer) => {
    const isElsewhere = way && isQuiet && !way.target.isReady && isOtherReady(way.target)
    if (isElsewhere && startsRequest(bytes)) leave()
    isQuiet = false
    isTold = false
    if (way) send(way.socket, client, bytes)
    else void enter(bytes)
  })
  client.on('end', () => (way ? way.socket.end() : client.end()))
  client.on('error', () => way?.socket.resetAndDestroy())
  client.on('close', () => {
    if (!client.readableEnded) way?.socket.destroy()
  })
  await enter()
}

const startsRequest = (bytes: Buffer) =>
  requestStart.test(bytes.toString('latin1', 0, requestStartBytesMax))

/** At the pace of who reads. */
function send(to: Socket, from: Socket, bytes: Buffer): void {
  if (to.destroyed || to.write(bytes)) return
  from.pause()
  to.once('drain', () => from.resume())
}
