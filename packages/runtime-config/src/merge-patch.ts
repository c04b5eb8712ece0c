import { isObject, type Json, type JsonObject } from './json.ts'

/** RFC 7396: what the patch names takes its value, null takes it away, all else stays. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map<string, Json>(Object.entries(target))
  for (const [name, value] of Object.entries(patch)) {
    const known = merged.get(name)
    if (value === null) merged.delete(name)
    else if (isObject(value)) merged.set(name, mergePatch(isObject(known) ? known : {}, value))
    else merged.set(name, value)
  }
  return Object.fromEntries(merged) // own fields only, whatever they are called
}
