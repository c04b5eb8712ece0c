import { type LatencyLimit, latencyLimits as rows } from './limits.ts'
import { escaped, milliseconds, type Tone } from './page-words.ts'
import type { Summary } from './summary.ts'

const width = 720
const left = 76
const right = 92
const rowHeight = 46
const bar = 13
const leastMs = 0.5
const textWidth = 55

/** A yes and a no beside each other, on a logarithmic scale, each row with the limit it has to keep. */
export function latencyChart({ accepted, soldOut }: Summary): string {
  const all = [accepted, soldOut].flatMap((one) => (one ? rows.map((row) => row.of(one)) : []))
  const mostMs = Math.max(2_000, ...all) * 1.2
  const x = (ms: number) => {
    const share = Math.log(Math.max(ms, leastMs) / leastMs) / Math.log(mostMs / leastMs)
    return left + share * (width - left - right)
  }
  const height = rows.length * rowHeight + 30
  const ticks = [1, 10, 100, 1_000, 10_000].filter((ms) => ms < mostMs)
  const grid = ticks.map((ms) => {
    const at = x(ms).toFixed(1)
    const label = `<text class="tick" x="${at}" y="${height - 6}" text-anchor="middle">${milliseconds(ms).replace(/\.0+ /, ' ')}</text>`
    return `<line class="grid" x1="${at}" x2="${at}" y1="6" y2="${height - 22}"/>${label}`
  })
  const drawn = rows.map((row, index) => {
    const top = 6 + index * rowHeight
    const bars = [
      ...oneBar('yes', 'accepted', accepted && row.of(accepted), { top: top + 6, x, row }),
      ...oneBar('no', 'sold out', soldOut && row.of(soldOut), { top: top + 8 + bar, x, row }),
    ]
    const at = x(row.limitMs).toFixed(1)
    const limit = `<line class="limit" x1="${at}" x2="${at}" y1="${top + 2}" y2="${top + rowHeight - 8}"><title>limit ${row.limitMs} ms</title></line>`
    const name = `<text class="label" x="0" y="${top + 26}">${row.name}</text>`
    return [name, ...bars.map(({ shape }) => shape), limit, ...bars.map(({ value }) => value)]
  })
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="latency percentiles of accepted and sold-out answers beside their limits">
${[...grid, ...drawn.flat()].join('\n')}</svg>`
}

type Place = { top: number; x: (ms: number) => number; row: LatencyLimit }

function oneBar(
  tone: Tone,
  name: string,
  ms: number | undefined,
  { top, x, row }: Place,
): { shape: string; value: string }[] {
  if (ms === undefined) return []
  const end = x(ms)
  const isMet = ms < row.limitMs
  const title = escaped(`${name}, ${row.name}: ${milliseconds(ms)}, limit ${row.limitMs} ms`)
  const length = Math.max(end - left, 1).toFixed(1)
  const mark = isMet ? '' : ' ✕'
  const limit = x(row.limitMs)
  const isInTheWay = limit > end && limit < end + textWidth
  const beside = (isInTheWay ? limit : end) + 7
  const shape = `<rect class="${tone}" x="${left}" y="${top}" width="${length}" height="${bar}" rx="2"><title>${title}</title></rect>`
  const value = `<text class="value" x="${beside.toFixed(1)}" y="${top + 11}">${milliseconds(ms)}${mark}</text>`
  return [{ shape, value }]
}
