import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { committedDocument, documentComplaint } from '../api/committed-document.ts'
import { gatewayDocument } from '../api/gateway-document.ts'
import { root } from '../checkout.ts'
import { PlainError } from '../plain-error.ts'
import { structureFaults } from '../structure.ts'

type Outcome = { name: string; complaint: string }

export async function check(args: string[]): Promise<number> {
  if (args.length > 0) throw new PlainError('check takes no arguments')
  const outcomes = await Promise.all([
    run('types', 'tsc', ['-p', '.', '--pretty', 'false']),
    run('lint and format', 'biome', ['check', '--error-on-warnings', '--max-diagnostics=50']),
    structure(),
    apiDocument(),
  ])
  const faults = outcomes.filter(({ complaint }) => complaint !== '')
  for (const { name, complaint } of faults) console.error(`--- ${name}\n${complaint}`)
  for (const { name, complaint } of outcomes) console.log(`${name}: ${complaint ? 'failed' : 'ok'}`)
  return faults.length === 0 ? 0 : 1
}

async function run(name: string, program: string, args: string[]): Promise<Outcome> {
  const child = spawn(join(root, 'node_modules/.bin', program), args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  return { name, complaint: code === 0 ? '' : `${out}${err}`.trim() || `exit ${code}` }
}

async function structure(): Promise<Outcome> {
  return { name: 'structure', complaint: structureFaults(root).join('\n') }
}

/** What outsiders read of the API is what the gateway says of itself. */
async function apiDocument(): Promise<Outcome> {
  const name = 'API document'
  try {
    return { name, complaint: documentComplaint(committedDocument(), await gatewayDocument()) }
  } catch (error) {
    if (!(error instanceof PlainError)) throw error
    return { name, complaint: error.message }
  }
}
