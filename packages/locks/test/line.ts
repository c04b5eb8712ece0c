/** The line to a server, which a test can cut, or let go silent with everything still connected. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

export type Line = Awaited<ReturnType<typeof line>>

export async function line(t: TestContext, target: URL) {
  const sockets = new Set<Socket>()
  let state: 'open' | 'silent' | 'cut' = 'open'
  const drop = () => {
    for (const socket of sockets) socket.destroy()
  }
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer((near) => {
    keep(near)
    if (state === 'cut') return void near.destroy()
    const far = connect(Number(target.port), target.hostname)
    keep(far)
    const pass = (from: Socket, to: Socket) => {
      from.on('data', (data) => state === 'open' && to.write(data))
      from.on('close', () => to.destroy())
    }
    pass(near, far)
    pass(far, near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    drop()
    server.close()
  })
  const url = new URL(target)
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    cut() {
      state = 'cut'
      drop()
    },
    silence: () => {
      state = 'silent'
    },
    restore() {
      state = 'open'
      drop() // what was swallowed never comes
    },
  }
}
