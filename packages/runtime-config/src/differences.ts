import { isDeepStrictEqual } from 'node:util'
import type { ConfigDifference } from '@flashsale/contracts/http/runtime-config.ts'
import { isObject, type Json, pointer } from './json.ts'

/** Field by field, in the order of their places; an array is one value. */
export function differences(
  before: Json | undefined,
  after: Json | undefined,
  path: string[] = [],
): ConfigDifference[] {
  if (isDeepStrictEqual(before, after)) return []
  if (!isObject(before) || !isObject(after)) {
    const sides = { ...(before !== undefined && { before }), ...(after !== undefined && { after }) }
    return [{ at: pointer(path), ...sides }]
  }
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].sort().flatMap((name) => {
    return differences(own(before, name), own(after, name), [...path, name])
  })
}

const own = (value: { [name: string]: Json }, name: string) =>
  Object.hasOwn(value, name) ? value[name] : undefined
