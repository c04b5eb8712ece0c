import { isDeepStrictEqual } from 'node:util'
import {
  CONFIG_BYTES_MAX,
  type ConfigDifference,
  type RawDocument,
  type RuntimeDocument,
} from '@flashsale/contracts/http/runtime-config.ts'
import { differences } from './differences.ts'
import { at, type JsonObject } from './json.ts'
import { mergePatch } from './merge-patch.ts'
import { documentError, type FieldError, readDocument } from './read-document.ts'

export type Judged =
  | { kind: 'good'; document: RawDocument; differences: ConfigDifference[] }
  | { kind: 'bad'; errors: FieldError[] }

/** Strict at the door: of what a change touches, this release has to know every field. */
export function changeDocument(stored: RawDocument, patch: RawDocument): Judged {
  const before = withDefaults(stored)
  return judge(before, mergePatch(before, patch), before)
}

/** A document as it was before: it has been through the door. */
export function replaceDocument(stored: RawDocument, earlier: RawDocument): Judged {
  return judge(withDefaults(stored), earlier, earlier)
}

/** Fields that are not known here stay as they are in `carried`: a later release has written them. */
function judge(before: JsonObject, next: JsonObject, carried: JsonObject): Judged {
  if (Buffer.byteLength(JSON.stringify(next)) > CONFIG_BYTES_MAX) {
    return { kind: 'bad', errors: [documentError([], `is over ${CONFIG_BYTES_MAX} bytes`)] }
  }
  const reading = readDocument(next)
  if (reading.kind === 'bad') return reading
  const added = reading.unknown.filter((path) => {
    return !isDeepStrictEqual(at(next, path), at(carried, path))
  })
  if (added.length > 0) {
    return { kind: 'bad', errors: added.map((path) => documentError(path, 'is not known')) }
  }
  const document = mergePatch(next, plain(reading.document))
  return { kind: 'good', document, differences: differences(before, document) }
}

/** With every field that has a default. */
export function withDefaults(stored: RawDocument): RawDocument {
  const reading = readDocument(stored)
  return reading.kind === 'read' ? mergePatch(stored, plain(reading.document)) : stored
}

/** What was parsed has no undefined in it: it came from JSON. */
const plain = (document: RuntimeDocument) => document as unknown as JsonObject
