import { createServer } from 'node:http'

/** node:http alone: reads the body and answers a constant. */
const answer = '{"orderId":"0190a0b0-0000-8000-8000-000000000000","status":"accepted"}'
const headers = {
  'content-type': 'application/json; charset=utf-8',
  'content-length': Buffer.byteLength(answer),
}

const server = createServer((request, response) => {
  request.resume().once('end', () => {
    response.writeHead(request.method === 'POST' ? 202 : 200, headers).end(answer)
  })
})
server.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4_096 })
