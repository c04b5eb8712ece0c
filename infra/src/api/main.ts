import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../checkout.ts'
import { UsageError } from '../plain-error.ts'
import {
  committedDocument,
  documentAt,
  documentComplaint,
  documentPath,
} from './committed-document.ts'
import { gatewayDocument } from './gateway-document.ts'
import { type Change, versionFault } from './judge-version.ts'
import { changesBetween } from './oasdiff.ts'

/** The document of the API: is it what the gateway says, and may it follow that of another commit? */
export async function api(args: string[]): Promise<number> {
  const options = { write: { type: 'boolean' }, base: { type: 'string' } } as const
  const { values } = parseArgs({ args, options })
  if (values.write && values.base !== undefined) throw new UsageError('--write or --base, not both')
  if (values.base !== undefined) return compareWith(values.base)
  const present = await gatewayDocument()
  if (values.write) {
    writeFileSync(join(root, documentPath), present)
    console.log(documentPath)
    return 0
  }
  const complaint = documentComplaint(committedDocument(), present)
  console.log(complaint || `${documentPath} is what the gateway says`)
  return complaint ? 1 : 0
}

function compareWith(ref: string): number {
  const [from, to] = [documentAt(ref), committedDocument()]
  const changes = changesBetween(from, to)
  for (const change of changes) console.log(line(change))
  const [before, after] = [versionOf(from), versionOf(to)]
  const fault = versionFault(before, after, changes)
  console.log(fault ?? `${before} → ${after}: as semantic versions ask for`)
  return fault ? 1 : 0
}

const line = ({ level, call, text }: Change) => `${level.padEnd(8)}  ${call}: ${text}`
const versionOf = (document: string): string => JSON.parse(document).info.version
