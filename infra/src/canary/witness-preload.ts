/**
 * Loaded by `--import` into the instances of a canary run, of whichever release, never otherwise. Writes
 * down what an instance is asked, and spoils its answers where a file says so, after the work was done:
 * the gateway's own word is not needed for who was asked what.
 */
import { subscribe } from 'node:diagnostics_channel'
import { appendFileSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { type Fault, faultFile, noFault, parseFault, seenFile } from './witness-files.ts'

const EVERY_MS = 100
const { FLASHSALE_WITNESS: folder = '', INSTANCE: instance = '' } = process.env
let lines: string[] = []
let fault: Fault = noFault

if (folder) {
  setInterval(keepUp, EVERY_MS).unref()
  process.on('exit', keepUp)
  subscribe('http.server.request.start', (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse }
    const { method, url = '' } = request
    if (!url.startsWith('/internal/')) return
    lines.push(`${Date.now()} ${method} ${url}\n`)
    if (fault.slowMs > 0) delay(response, fault.slowMs)
    if (Math.random() < fault.errorRatio) spoil(response)
  })
}

function keepUp(): void {
  if (lines.length > 0) appendFileSync(join(folder, seenFile(instance)), lines.join(''))
  lines = []
  fault = readFault()
}

function readFault(): Fault {
  try {
    return parseFault(readFileSync(join(folder, faultFile(instance)), 'utf8'))
  } catch {
    return noFault
  }
}

function delay(response: ServerResponse, ms: number): void {
  const end = response.end.bind(response)
  response.end = ((...given: Parameters<typeof end>) => {
    setTimeout(() => end(...given), ms)
    return response
  }) as typeof response.end
}

/** What it did stays done. */
function spoil(response: ServerResponse): void {
  const writeHead = response.writeHead.bind(response) as (...all: unknown[]) => ServerResponse
  response.writeHead = ((_status: number, ...rest: unknown[]) =>
    writeHead(500, ...rest)) as typeof response.writeHead
}
