import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

// A server that says its name, at once or late, and that can be told to be unready, or to close what
// is quiet.
const { NAME = '', PORT = '' } = process.env
let isReady = true

const server = createServer(async ({ url = '', method }, response) => {
  if (method === 'POST' && url === '/close-idle') server.closeIdleConnections()
  else if (method === 'POST') isReady = url === '/ready'
  const isFine = isReady || url !== '/readyz'
  if (url.startsWith('/late')) await sleep(20)
  response.writeHead(isFine ? 200 : 503).end(NAME)
})
server.listen(Number(PORT), '127.0.0.1')
