/** How much a script does. `./dev k6` reads this, too: nothing here is k6's. */
export type Sizes = {
  peakPerSecond: number
  seconds: number
  stock: number
  paymentWindowSeconds: number
}
export const scriptNames = ['smoke', 'spike', 'soak', 'breakpoint', 'payments'] as const
export type ScriptName = (typeof scriptNames)[number]

const windowSecondsMax = 3_600
/** Time for the last ones who bought, before the first units come back. */
const afterLoadSeconds = 10

/** When nothing is said. */
const usual: Record<ScriptName, Omit<Sizes, 'paymentWindowSeconds'>> = {
  smoke: { peakPerSecond: 20, seconds: 5, stock: 50 },
  spike: { peakPerSecond: 1_500, seconds: 20, stock: 1_000 },
  soak: { peakPerSecond: 300, seconds: 600, stock: 2_000 },
  breakpoint: { peakPerSecond: 2_500, seconds: 40, stock: 50_000 },
  payments: { peakPerSecond: 50, seconds: 20, stock: 1_000 },
}
/** Only a soak sells again, while it runs, what nobody paid for. */
const soakWindowSeconds = 20

export function sizesOf(script: ScriptName, asked: Partial<Sizes>): Sizes {
  const { seconds, ...rest } = { ...usual[script], ...asked }
  const longest = Math.min(seconds + afterLoadSeconds, windowSecondsMax)
  const paymentWindowSeconds = script === 'soak' ? soakWindowSeconds : longest
  return { paymentWindowSeconds, seconds, ...rest }
}

/** How many attempts that makes, about: each wants a buyer of its own. */
export function attemptsOf(script: ScriptName, { peakPerSecond, seconds }: Sizes): number {
  return Math.ceil(
    script === 'breakpoint' ? (peakPerSecond * seconds) / 2 : peakPerSecond * seconds,
  )
}
