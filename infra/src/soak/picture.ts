import { pointsOf } from './figures.ts'
import type { Point } from './fit.ts'
import type { Sample } from './sampler.ts'

const size = { width: 860, height: 420 }
const edge = { left: 56, right: 150, top: 34, bottom: 40 }
const colours = ['#4269d0', '#efb118', '#ff725c', '#6cc5b0', '#3ca951', '#ff8ab7', '#a463f2']
colours.push('#97bbf5', '#9c6b4e', '#9498a0', '#1f8a70', '#c43c7a', '#5a5a5a')
const gridLines = 5
const labelHeight = 13
const prefix = 'memory '
const pointsMax = 240

type Line = { name: string; points: Point[]; colour: string }

/** The memory of every process over the time, as an SVG that needs nothing else. */
export function memoryPicture(samples: readonly Sample[], title: string): string {
  const names = new Set(samples.flatMap(({ figures }) => Object.keys(figures)))
  const memories = [...names].filter((name) => name.startsWith(prefix)).sort()
  const lines = memories.map((name, i) => ({
    name: name.slice(prefix.length),
    points: thinned(pointsOf(samples, name)),
    colour: colours[i % colours.length] as string,
  }))
  const all = lines.flatMap(({ points }) => points)
  const untilMs = Math.max(1, ...all.map(({ atMs }) => atMs))
  const top = niceTop(Math.max(1, ...all.map(({ value }) => value)))
  const x = (atMs: number) => {
    return edge.left + (atMs / untilMs) * (size.width - edge.left - edge.right)
  }
  const y = (value: number) => {
    return size.height - edge.bottom - (value / top) * (size.height - edge.top - edge.bottom)
  }
  const { width, height } = size
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img"><title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    '<g font-family="system-ui, sans-serif" font-size="11" fill="#333">',
    `<text x="${edge.left}" y="18" font-size="13">${escaped(title)}</text>`,
    ...grid(top, y),
    ...minutes(untilMs, x),
    ...lines.map(({ points, colour }) => {
      const path = points.map(({ atMs, value }) => `${x(atMs).toFixed(1)},${y(value).toFixed(1)}`)
      return `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${path.join(' ')}"/>`
    }),
    ...labels(lines, y),
    '</g></svg>',
    '',
  ].join('\n')
}

function grid(top: number, y: (value: number) => number): string[] {
  return Array.from({ length: gridLines + 1 }, (_, i) => (top * i) / gridLines).flatMap((value) => [
    `<line x1="${edge.left}" x2="${size.width - edge.right}" y1="${y(value)}" y2="${y(value)}" stroke="#e3e3e3"/>`,
    `<text x="${edge.left - 6}" y="${y(value) + 4}" text-anchor="end">${Math.round(value)} MiB</text>`,
  ])
}

function minutes(untilMs: number, x: (atMs: number) => number): string[] {
  const all = untilMs / 60_000
  const step = all > 12 ? 5 : 1
  return Array.from({ length: Math.floor(all / step) + 1 }, (_, i) => {
    const at = i * step
    const y = size.height - edge.bottom + 18
    return `<text x="${x(at * 60_000).toFixed(1)}" y="${y}" text-anchor="middle">${at} min</text>`
  })
}

/** Each at the end of its line; pushed apart where lines end close to one another. */
function labels(lines: readonly Line[], y: (value: number) => number): string[] {
  const x = size.width - edge.right + 8
  const ends = lines.map((line) => ({ ...line, y: y(line.points.at(-1)?.value ?? 0) }))
  ends.sort((one, other) => other.y - one.y)
  let below = size.height - edge.bottom + labelHeight
  return ends.map(({ name, colour, y: wanted }) => {
    below = Math.min(wanted, below - labelHeight)
    return `<text x="${x}" y="${(below + 4).toFixed(1)}" fill="${colour}">${escaped(name)}</text>`
  })
}

function niceTop(most: number): number {
  const unit = 10 ** Math.floor(Math.log10(most))
  return Math.ceil(most / unit) * unit
}

function thinned(points: readonly Point[]): Point[] {
  const every = Math.ceil(points.length / pointsMax)
  return points.filter((_, i) => i % every === 0 || i === points.length - 1)
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
