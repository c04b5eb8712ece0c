import { p99LimitMs } from './limits.ts'
import type { Outcome } from './outcome.ts'
import { milliseconds, type Tone, toneOf, whole } from './page-words.ts'
import type { Second } from './story.ts'

const width = 720
const left = 56
const right = 12
const height = 190
const bottom = 24
const top = 10
const plotHeight = height - top - bottom
const stack: Tone[] = ['yes', 'no', 'rest', 'fault']
const labelsMax = 10

type Scale = { x: (index: number) => number; step: number; y: (value: number) => number }

function scaleOf(count: number, most: number): Scale {
  const step = (width - left - right) / Math.max(count, 1)
  const y = (value: number) => top + plotHeight * (1 - value / most)
  return { x: (index) => left + index * step, step, y }
}

/** How many were answered in each second, and how. */
export function answersChart(seconds: Second[]): string {
  const most = Math.max(1, busiest(seconds)) * 1.08
  const scale = scaleOf(seconds.length, most)
  const columns = seconds.map((second, index) => column(second, index, scale))
  const label = 'answers in each second, by kind'
  return svg(label, [axis(most, scale, whole), ...columns, times(seconds, scale)])
}

/** The attempts of the second that had the most. */
export function busiest(seconds: Second[]): number {
  return Math.max(0, ...seconds.map(({ answers }) => sum(Object.values(answers))))
}

function column({ second, answers }: Second, index: number, { x, step, y }: Scale): string {
  const counts = byTone(answers)
  const gap = step > 6 ? 2 : 0
  let below = 0
  return stack
    .map((tone) => {
      const count = counts[tone]
      if (count === 0) return ''
      const from = y(below)
      below += count
      const title = `second ${second}: ${whole(count)} ${names[tone]}`
      return `<rect class="${tone}" x="${x(index).toFixed(1)}" y="${y(below).toFixed(1)}" width="${Math.max(step - gap, 0.6).toFixed(1)}" height="${(from - y(below)).toFixed(1)}"><title>${title}</title></rect>`
    })
    .join('')
}

export const names: Record<Tone, string> = {
  yes: 'accepted',
  no: 'sold out',
  rest: 'other refusals',
  fault: 'faults',
}

export function byTone(answers: Partial<Record<Outcome, number>>): Record<Tone, number> {
  const counts: Record<Tone, number> = { yes: 0, no: 0, rest: 0, fault: 0 }
  for (const [outcome, count] of Object.entries(answers))
    counts[toneOf(outcome as Outcome)] += count
  return counts
}

/** The 99th percentile of each second, beside the limit for the whole run. */
export function tailChart(seconds: Second[]): string {
  const values = seconds.flatMap((one) => [one.acceptedP99Ms ?? 0, one.soldOutP99Ms ?? 0])
  const most = Math.max(p99LimitMs, ...values) * 1.1
  const scale = scaleOf(seconds.length, most)
  const at = scale.y(p99LimitMs).toFixed(1)
  return svg('99th percentile of each second, in milliseconds', [
    axis(most, scale, (value) => milliseconds(value).replace(/\.0+ /, ' ')),
    `<line class="limit" x1="${left}" x2="${width - right}" y1="${at}" y2="${at}"><title>limit ${p99LimitMs} ms</title></line>`,
    line('no', seconds, ({ soldOutP99Ms }) => soldOutP99Ms, scale),
    line('yes', seconds, ({ acceptedP99Ms }) => acceptedP99Ms, scale),
    times(seconds, scale),
  ])
}

/** Broken where a second had nobody of the kind; a second alone is a dot. */
function line(
  tone: Tone,
  seconds: Second[],
  of: (second: Second) => number | undefined,
  { x, step, y }: Scale,
): string {
  const points = seconds.map((second, index) => {
    const ms = of(second)
    return ms === undefined ? undefined : { at: x(index) + step / 2, y: y(ms), ms, second }
  })
  let path = ''
  let isDown = false
  for (const point of points) {
    if (point) path += `${isDown ? 'L' : 'M'}${point.at.toFixed(1)} ${point.y.toFixed(1)}`
    isDown = point !== undefined
  }
  const dots = points
    .filter((point) => point !== undefined)
    .map(({ at, y: cy, ms, second }) => {
      const title = `second ${second.second}, ${names[tone]}: ${milliseconds(ms)}`
      return `<circle class="${tone}" cx="${at.toFixed(1)}" cy="${cy.toFixed(1)}" r="${step > 8 ? 3 : 1.5}"><title>${title}</title></circle>`
    })
  return `<path class="line ${tone}" d="${path}"/>${dots.join('')}`
}

function axis(most: number, { y }: Scale, say: (value: number) => string): string {
  const step = niceStep(most / 4)
  const ticks = Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step)
  return ticks
    .map((value) => {
      const at = y(value).toFixed(1)
      const label = value === 0 ? '0' : say(value)
      return `<line class="grid" x1="${left}" x2="${width - right}" y1="${at}" y2="${at}"/><text class="tick" x="${left - 6}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${label}</text>`
    })
    .join('')
}

/** 1, 2 or 5 times a power of ten, at least this. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) ?? least
}

function times(seconds: Second[], { x, step }: Scale): string {
  const every = Math.max(1, Math.ceil(seconds.length / labelsMax))
  return seconds
    .map(({ second }, index) => {
      if (index % every !== 0) return ''
      const at = (x(index) + step / 2).toFixed(1)
      return `<text class="tick" x="${at}" y="${height - 6}" text-anchor="middle">${second} s</text>`
    })
    .join('')
}

function svg(label: string, parts: string[]): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${parts.join('\n')}</svg>`
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
