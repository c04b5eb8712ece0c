import { byTone, names } from './chart-seconds.ts'
import { percent, type Tone, whole } from './page-words.ts'
import type { Summary } from './summary.ts'

const width = 720
const height = 34
const gap = 2
const tones: Tone[] = ['yes', 'no', 'rest', 'fault']

/** All answers as one bar, and what its parts are. */
export function sharesChart({ answers }: Summary): string {
  const counts = byTone(answers)
  const all = tones.reduce((sum, tone) => sum + counts[tone], 0)
  const there = tones.filter((tone) => counts[tone] > 0)
  let x = 0
  const parts = there.map((tone) => {
    const length = Math.max((counts[tone] / all) * (width - gap * there.length), 2)
    const title = `${names[tone]}: ${whole(counts[tone])}`
    const part = `<rect class="${tone}" x="${x.toFixed(1)}" y="0" width="${length.toFixed(1)}" height="${height}" rx="3"><title>${title}</title></rect>`
    x += length + gap
    return part
  })
  const legend = there.map((tone) => {
    return `<li><i class="${tone}"></i>${names[tone]} <b>${whole(counts[tone])}</b> ${percent(counts[tone], all)}</li>`
  })
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="shares of the answers">${parts.join('')}</svg>
<ul class="legend">${legend.join('')}</ul>`
}
