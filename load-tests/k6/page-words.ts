import type { Outcome } from './outcome.ts'

const special: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

export const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => special[sign] ?? sign)

/** With commas; k6 has no locales. */
export function whole(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')
}

export function milliseconds(value: number): string {
  if (value >= 100) return `${whole(value)} ms`
  return `${value.toFixed(value >= 10 ? 1 : 2)} ms`
}

export function percent(part: number, all: number): string {
  if (all === 0) return '0 %'
  const share = (100 * part) / all
  return `${share < 10 && part > 0 ? share.toFixed(share < 0.1 ? 3 : 1) : Math.round(share)} %`
}

/** Accepted and sold out are what a sale is about; each has its colour everywhere. */
export type Tone = 'yes' | 'no' | 'rest' | 'fault'

export function toneOf(outcome: Outcome): Tone {
  if (outcome === 'accepted') return 'yes'
  if (outcome === 'sold-out') return 'no'
  return outcome === 'no-answer' || outcome === 'other' ? 'fault' : 'rest'
}
