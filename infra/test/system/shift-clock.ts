/** Loaded into a service before its own modules: its host's clock is so much ahead, or behind. */
const shiftMs = Number(process.env.CLOCK_SHIFT_MS ?? 0)
const RealDate = Date

globalThis.Date = class extends RealDate {
  constructor(...values: [] | [number | string]) {
    super(...((values.length === 0 ? [RealDate.now() + shiftMs] : values) as [number]))
  }
  static override now() {
    return RealDate.now() + shiftMs
  }
} as typeof Date
