import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { closeRedis, connectRedis, whenReady } from '../src/connection.ts'

const ETA_SECONDS = 30

/** Says twice that it still reads its file, for half a minute more, and then that it is done. */
async function startLoadingServer() {
  let asked = 0
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (data) => {
      for (const command of String(data)
        .split(/^\*\d+\r\n/m)
        .slice(1)) {
        if (!/\r\ninfo\r\n/i.test(command)) socket.write('+OK\r\n')
        else {
          const isLoading = ++asked <= 2
          const said = isLoading ? `loading:1\r\nloading_eta_seconds:${ETA_SECONDS}` : 'loading:0'
          const text = `# Persistence\r\n${said}\r\n`
          socket.write(`$${text.length}\r\n${text}\r\n`)
        }
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `redis://127.0.0.1:${port}`, server, asked: () => asked }
}

test('a server that was still reading its file is used as soon as it is done, whatever it had foretold', async (t) => {
  const { url, server, asked } = await startLoadingServer()
  const redis = connectRedis({ url })
  t.after(async () => {
    await closeRedis(redis)
    server.close()
  })
  await whenReady(redis, 5_000)
  assert.ok(asked() >= 3)
})
