import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { connectionLimits } from '../src/connection-limits.ts'
import { watchConnections } from '../src/connections.ts'

test('whichever listener lets them in, no more are open than there are places and one in ten to be told', (t) => {
  const server = createServer()
  const { find } = watchConnections(server, { ...connectionLimits, connectionsMax: 10 })
  const sockets = Array.from({ length: 20 }, () => new Socket())
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  for (const socket of sockets) server.emit('connection', socket)
  const known = sockets.map(find)
  assert.equal(known.filter((one) => one && !one.isSurplus).length, 10)
  assert.equal(known.filter((one) => one?.isSurplus).length, 1)
  assert.deepEqual(
    sockets.slice(11).map(({ destroyed }) => destroyed),
    Array(9).fill(true),
  )
})
