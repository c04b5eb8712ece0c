import { PlainError } from '../plain-error.ts'

const brokers = [1, 3] // two of them could not decide anything without the other

const allowed: Record<string, number[]> = {
  gateway: [1, 2, 3, 4],
  inventory: [1, 2, 3, 4],
  order: [1, 2, 3, 4],
  payment: [1, 2, 3, 4],
  kafka: brokers,
}
const scalable = Object.keys(allowed)

/** How many instances of a part there are; one where nothing is said. */
export type Scale = Record<string, number>

/** Fails saying what is wrong with it. */
export function assertScale(scale: Scale): void {
  for (const [name, count] of Object.entries(scale)) {
    const counts = allowed[name] ?? [1]
    if (counts.includes(count)) continue
    if (counts.length === 1) {
      throw new PlainError(`there is one ${name} only; several are made of ${scalable.join(', ')}`)
    }
    const what = counts === brokers ? '1 or 3' : `1 to ${Math.max(...counts)}`
    throw new PlainError(`there can be ${what} of ${name}, not ${count}`)
  }
}

export function countOf(scale: Scale, name: string): number {
  return scale[name] ?? 1
}

/** The first has the plain name, the second is called `order-2`. */
export function instanceNames(scale: Scale, name: string): string[] {
  return Array.from({ length: countOf(scale, name) }, (_, index) => {
    return index === 0 ? name : `${name}-${index + 1}`
  })
}

export function isSameScale(one: Scale, other: Scale): boolean {
  return scalable.every((name) => countOf(one, name) === countOf(other, name))
}
