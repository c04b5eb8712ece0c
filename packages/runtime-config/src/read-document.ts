import { RuntimeDocument } from '@flashsale/contracts/http/runtime-config.ts'
import type { z } from 'zod'
import { type JsonObject, pointer, without } from './json.ts'

type Issue = z.core.$ZodIssue
/** Named as in other problem documents. */
export type FieldError = { at: string; message: string }
export type Reading =
  | { kind: 'read'; document: RuntimeDocument; unknown: string[][] }
  | { kind: 'bad'; errors: FieldError[] }

/**
 * What a release understands of a stored document. A later one may have written fields that this one
 * does not know: they are left out, and named. What it does know has to be right.
 */
export function readDocument(raw: JsonObject): Reading {
  const strict = RuntimeDocument.safeParse(raw)
  if (strict.success) return { kind: 'read', document: strict.data, unknown: [] }
  const unknown = unknownFields(strict.error.issues)
  const known = unknown.reduce<JsonObject>((left, path) => without(left, path) as JsonObject, raw)
  const reading = RuntimeDocument.safeParse(known)
  if (reading.success) return { kind: 'read', document: reading.data, unknown }
  return { kind: 'bad', errors: reading.error.issues.flatMap((issue) => errorsOf(issue)) }
}

export const documentError = (path: readonly PropertyKey[], message: string): FieldError => ({
  at: `document${pointer(path)}`,
  message,
})

const names = (path: readonly PropertyKey[]) => path.map(String)

const unknownFields = (issues: readonly Issue[]): string[][] =>
  issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...names(issue.path), key]) : [],
  )

function errorsOf(issue: Issue, base: string[] = []): FieldError[] {
  const path = [...base, ...names(issue.path)]
  const [first] = issue.code === 'invalid_union' ? issue.errors : []
  if (!first || first.length === 0) return [documentError(path, issue.message)]
  return first.flatMap((inner) => errorsOf(inner, path))
}
