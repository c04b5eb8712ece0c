import { styleText } from 'node:util'
import { block, plainLine } from './draw.ts'
import type { Snapshot } from './progress.ts'

const blockEveryMs = 120
const lineEveryMs = 1_000

type Out = NodeJS.WriteStream
/** What is `interrupted` writes nothing more: others have the last words. */
export type Screen = { out: Out; interrupted: AbortSignal }

/** One live block on a terminal, else a line a second. `stop` leaves the last state standing. */
export function startDisplay({ out, interrupted }: Screen, title: string, read: () => Snapshot) {
  const display = out.isTTY ? liveBlock(out, title, read) : plainLines(out, title, read)
  interrupted.addEventListener('abort', display.freeze, { once: true })
  return display
}
export type Display = ReturnType<typeof startDisplay>

function plainLines(out: Out, title: string, read: () => Snapshot) {
  const write = () => void out.write(`${plainLine(read())}\n`)
  out.write(`${title}\n`)
  const timer = setInterval(write, lineEveryMs)
  return {
    /** Says something for good, above the numbers. */
    say: (text: string) => void out.write(`${text}\n`),
    freeze: () => clearInterval(timer),
    stop() {
      clearInterval(timer)
      write()
    },
  }
}

const hideCursor = '\x1b[?25l'
const showCursor = '\x1b[?25h'

function liveBlock(out: Out, title: string, read: () => Snapshot) {
  let drawn = 0
  const paint = (text: string, style: 'bold' | 'dim' | 'green' | 'red') =>
    styleText(style, text, { stream: out })
  const clear = () => (drawn > 0 ? `\x1b[${drawn}A\x1b[0J` : '')
  const draw = () => {
    const lines = block(title, read(), { columns: out.columns || 80, paint })
    out.write(`${clear()}${lines.join('\n')}\n`)
    drawn = lines.length
  }
  const restore = () => void out.write(showCursor)
  process.once('exit', restore)
  out.write(hideCursor)
  draw()
  const timer = setInterval(draw, blockEveryMs)
  return {
    say(text: string) {
      out.write(`${clear()}${text}\n`)
      drawn = 0
      draw()
    },
    freeze() {
      clearInterval(timer)
      restore()
    },
    stop() {
      clearInterval(timer)
      draw()
      restore()
      process.off('exit', restore)
    },
  }
}
