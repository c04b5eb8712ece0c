export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }
export type JsonObject = { [name: string]: Json }

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** RFC 6901: where in a document something stands. */
export const pointer = (path: readonly PropertyKey[]) =>
  path.map((name) => `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** Undefined where nothing stands. */
export function at(value: Json | undefined, [name, ...rest]: readonly string[]): Json | undefined {
  if (name === undefined) return value
  return isObject(value) && Object.hasOwn(value, name) ? at(value[name], rest) : undefined
}

/** A copy without what stands there. */
export function without(value: Json, [name, ...rest]: readonly string[]): Json {
  if (name === undefined || !isObject(value) || !Object.hasOwn(value, name)) return value
  const inside = value[name] as Json
  const others = Object.entries(value).filter(([other]) => other !== name)
  return Object.fromEntries(rest.length > 0 ? [...others, [name, without(inside, rest)]] : others)
}
