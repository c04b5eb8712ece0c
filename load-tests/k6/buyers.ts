import { SharedArray } from 'k6/data'
import { scenario } from 'k6/execution'
import type { Settings } from './settings.ts'

export type Buyer = { iteration: number; token: string }

/** All virtual users share one copy of the file. */
export function readBuyers({ tokensFile }: Settings) {
  const tokens = new SharedArray('tokens', () => {
    return open(tokensFile)
      .split('\n')
      .filter((token) => token !== '')
  })
  return {
    /** Each iteration of the whole test has its own, over all runners, until the file is used up. */
    next(): Buyer {
      const iteration = scenario.iterationInTest
      const token = tokens[iteration % tokens.length]
      if (token === undefined) throw new Error('the file of tokens is empty')
      return { iteration, token }
    },
  }
}
export type Buyers = ReturnType<typeof readBuyers>
