import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { testInventory } from './sale.ts'
import { play, type Stock, someCommands } from './stock-commands.ts'
import { stockModel } from './stock-model.ts'
import { stockReal } from './stock-real.ts'

const SIZE = { stock: 4, perBuyer: 2 }
const RUNS = 200
/** Another one is another two hundred runs. */
const SEED = Number(process.env.FLASHSALE_TEST_SEED ?? 1)
/** Seen in any two hundred runs, or the commands have become too tame. */
const OUTCOMES = [
  ...['held', 'repeated', 'forgot', 'old-epoch', 'late', 'limit-reached', 'sold-out'].map(
    (kind) => `reserve: ${kind}`,
  ),
  ...['reserve a copy: held', 'look up: held', 'look up: absent', 'look up: too-early'],
  ...['give back: returned 1', 'give back: returned 2', 'give back: forgot'],
  ...['hold: held', 'hold: sold', 'hold: released', 'hold: refused old-epoch'],
  ...['hold: refused unit-taken', 'hold: refused slot-taken', 'hold: refused order-ended'],
]

test('what the simulation takes for the stock is what Redis’ scripts and the ledger’s statements do', async (t) => {
  const inventory = await testInventory(t)
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(someCommands, async (commands) => {
      const stocks: [Stock, Stock] = [stockModel(SIZE), await stockReal(inventory, SIZE)]
      let made = 0
      for (const command of commands) {
        if ('of' in command && made === 0) continue // there is none yet
        const said = await both(stocks, (stock) => play(stock, command, made))
        const { ledger } = await both(stocks, (stock) => stock.read())
        if (command.does === 'reserve' || command.does === 'record another') made++
        seen.add(`${command.does}: ${said}`)
        for (const { state, cause } of ledger.holds) seen.add(`hold: ${state} ${cause}`.trim())
      }
    }),
    { numRuns: RUNS, seed: SEED },
  )
  assert.deepEqual(
    OUTCOMES.filter((outcome) => !seen.has(outcome)),
    [],
    'never seen',
  )
})

/** The same from both, or the simulation shows nothing of this system. */
async function both<T>(
  [model, real]: [Stock, Stock],
  ask: (stock: Stock) => Promise<T>,
): Promise<T> {
  const [expected, seen] = [await ask(model), await ask(real)]
  assert.deepEqual(seen, expected)
  return expected
}
