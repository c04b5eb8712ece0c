import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

/** What a span is in Zipkin's JSON, as far as tests look at it. */
export type Span = {
  traceId: string
  id: string
  parentId?: string
  name: string
  kind?: string
  timestamp: number // microseconds
  duration: number
  localEndpoint: { serviceName: string }
  tags: Record<string, string>
}

/** A back end of the test's own, that takes spans as Zipkin does. */
export async function collector(t: TestContext) {
  const spans: Span[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    spans.push(...JSON.parse(Buffer.concat(chunks).toString()))
    response.writeHead(202).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/api/v2/spans`, spans }
}
