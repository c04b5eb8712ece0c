import { connect } from 'node:net'

const timeoutMs = 1_000

export async function httpReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}

/** A Redis that is still loading its file answers PING with an error. */
export function redisReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: timeoutMs })
    const answer = (ready: boolean) => {
      socket.destroy()
      resolve(ready)
    }
    socket.on('connect', () => socket.write('PING\r\n'))
    socket.on('data', (data) => answer(data.toString().startsWith('+PONG')))
    socket.on('error', () => answer(false))
    socket.on('timeout', () => answer(false))
  })
}
