import { parseArgs } from 'node:util'
import { writable } from '../demo/options.ts'
import { UsageError } from '../plain-error.ts'
import { type Section, sections } from './plan.ts'

export type BenchOptions = {
  quick: boolean
  json: string | undefined
  /** All when nothing is named. */
  sections: readonly Section[]
}

export function readBenchOptions(args: string[]): BenchOptions {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean' },
      json: { type: 'string' },
      only: { type: 'string' },
    },
  })
  return {
    quick: values.quick ?? false,
    json: values.json === undefined ? undefined : writable(values.json),
    sections: values.only === undefined ? sections : values.only.split(',').map(sectionOf),
  }
}

function sectionOf(name: string): Section {
  const found = sections.find((section) => section === name)
  if (found) return found
  throw new UsageError(`--only takes some of ${sections.join(',')}, not ${name}`)
}
