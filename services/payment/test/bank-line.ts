/** The line to the bank, which can lose answers: the bank has done it, payment never hears. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

type Passed = { call: string; atMs: number }

export async function bankLine(t: TestContext, bankUrl: string) {
  const line = { url: '', losesAnswersTo: '' as string | RegExp, lost: 0, passed: [] as Passed[] }
  const server = createServer(async (call, answer) => {
    const path = call.url ?? ''
    const body = Buffer.concat(await call.toArray())
    const content = body.length > 0 ? { body } : {}
    const headers = { 'content-type': 'application/json' }
    try {
      const init = { method: call.method ?? 'GET', ...(body.length > 0 ? { headers } : {}) }
      const result = await fetch(bankUrl + path, { ...init, ...content })
      const text = await result.text()
      line.passed.push({ call: `${call.method} ${path}`, atMs: Date.now() })
      if (line.losesAnswersTo && path.match(line.losesAnswersTo)) {
        line.lost++
        return call.socket.destroy()
      }
      answer.writeHead(result.status, { 'content-type': 'application/json' }).end(text)
    } catch {
      call.socket.destroy() // the bank is away
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  line.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return line
}
