import { parseArgs } from 'node:util'
import { PlainError, UsageError } from '../plain-error.ts'
import { tokenSigner } from '../stack/tokens.ts'
import { runningSystem } from './running.ts'

const timeoutMs = 30_000

export async function audit(args: string[]): Promise<number> {
  const options = { json: { type: 'boolean' } } as const
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const [sale, ...rest] = positionals
  if (!sale || rest.length > 0) throw new UsageError('usage: ./dev audit SALE [--json]')

  const { settings, to } = runningSystem()
  const token = tokenSigner(settings.secrets.jwt)('audit', 'admin')
  const books = await readBooks(to.gateway, sale, token)
  console.log(values.json ? JSON.stringify(books) : table(books))
  return books.exact === true ? 0 : 1
}

type Books = Record<string, unknown>

async function readBooks(gateway: string, sale: string, token: string): Promise<Books> {
  const url = `${gateway}/v1/admin/sales/${encodeURIComponent(sale)}/audit`
  const headers = { authorization: `Bearer ${token}` }
  const signal = AbortSignal.timeout(timeoutMs)
  const response = await fetch(url, { headers, signal }).catch((error: Error) => {
    throw new PlainError(`the gateway at ${gateway} does not answer: ${error.message}`)
  })
  if (response.status === 404) throw new PlainError(`there is no sale ${sale}`)
  const text = await response.text()
  if (!response.ok)
    throw new PlainError(`no audit, the gateway answered ${response.status}: ${text}`)
  return JSON.parse(text)
}

function table(books: Books): string {
  const width = Math.max(...Object.keys(books).map((name) => name.length))
  const lines = Object.entries(books).map(([name, value]) => {
    return `${name.padEnd(width)}  ${typeof value === 'object' ? JSON.stringify(value) : value}`
  })
  return lines.join('\n')
}
