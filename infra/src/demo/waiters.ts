import type { Buyer } from './cast.ts'
import type { Time } from './time.ts'

const lookEveryMs = 150
const batch = 20 // come back at once; a crowd at every single unit would only heat the machine

type Line = Exclude<Buyer['waitsFor'], 'nothing'>

/** Buyers who were refused and watch the sale's page; they come back when it sells again. */
export function createWaiters() {
  const lines: Record<Line, ((go: boolean) => void)[]> = {
    'only-restock': [],
    restock: [],
    returns: [],
  }
  let open: Line[] = ['returns']
  let wentHome = false

  const release = () => {
    let left = batch
    for (const name of open) {
      const released = lines[name].splice(0, left)
      for (const go of released) go(true)
      left -= released.length
    }
  }

  return {
    release,
    /** True when it is this buyer's time to ask again, false when all go home. */
    turn(line: Buyer['waitsFor']): Promise<boolean> {
      if (wentHome || line === 'nothing') return Promise.resolve(false)
      return new Promise((resolve) => void lines[line].push(resolve))
    },
    count: () => Object.values(lines).reduce((sum, line) => sum + line.length, 0),
    async watch(saleState: () => Promise<string | undefined>, time: Time): Promise<void> {
      while (!wentHome && !time.isUp()) {
        const anyone = open.some((name) => lines[name].length > 0)
        if (anyone && (await saleState()) === 'open') release()
        await time.pause(lookEveryMs)
      }
    },
    restocked(): void {
      open = ['only-restock', 'restock', 'returns']
    },
    goHome(): void {
      wentHome = true
      for (const line of Object.values(lines)) {
        for (const go of line.splice(0)) go(false)
      }
    },
  }
}
export type Waiters = ReturnType<typeof createWaiters>
