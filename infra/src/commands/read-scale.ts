import { PlainError, UsageError } from '../plain-error.ts'
import { assertScale, type Scale } from '../stack/scale.ts'
import { allParts } from '../stack/stack-parts.ts'

/** `--scale NAME=N`, any number of times. */
export function readScale(given: string[]): Scale {
  const scale: Scale = {}
  for (const one of given) {
    const [, name = '', count] = /^([a-z]+)=(\d+)$/.exec(one) ?? []
    if (!allParts.some((part) => part === name)) {
      throw new UsageError(`--scale takes NAME=N, not ${one}`)
    }
    if (name in scale) throw new UsageError(`--scale names ${name} twice`)
    scale[name] = Number(count)
  }
  try {
    assertScale(scale)
  } catch (error) {
    throw error instanceof PlainError ? new UsageError(error.message) : error
  }
  return scale
}
