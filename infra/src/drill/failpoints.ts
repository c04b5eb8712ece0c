import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FailpointOrder, struckFile, writeOrder } from './failpoint-order.ts'

export const failpointsPreload = new URL('./failpoints-preload.ts', import.meta.url).href

/** Where a process obeyed: `inventory-1` and its pid at that time. */
export type FailpointStruck = { instance: string; pid: number }

/** The orders of a drill to the processes of its stack, as files in a folder. */
export function createFailpoints(folder: string) {
  mkdirSync(folder, { recursive: true })
  const fileOf = (who: string) => join(folder, who)

  return {
    folder,
    /** `who` is an instance (`inventory-0`) or a service: then whichever passes first. */
    order(who: string, order: FailpointOrder): void {
      rmSync(struckFile(fileOf(who)), { force: true })
      writeFileSync(`${fileOf(who)}.new`, writeOrder(order))
      renameSync(`${fileOf(who)}.new`, fileOf(who))
    },
    /** Who obeyed; undefined as long as nobody passed there. */
    struck(who: string): FailpointStruck | undefined {
      const file = struckFile(fileOf(who))
      if (!existsSync(file)) return undefined
      const [instance = '', pid] = readFileSync(file, 'utf8').split(' ')
      // Until the process wrote its name there, the file still holds the order.
      return Number.isInteger(Number(pid)) ? { instance, pid: Number(pid) } : undefined
    },
    /** Nobody obeys any more. */
    withdraw(who: string): void {
      rmSync(fileOf(who), { force: true })
      rmSync(struckFile(fileOf(who)), { force: true })
    },
  }
}
export type Failpoints = ReturnType<typeof createFailpoints>
