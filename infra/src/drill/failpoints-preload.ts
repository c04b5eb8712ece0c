/**
 * Loaded by `--import` into each service of a drill, never otherwise. Where the service passes a
 * failpoint that an order file asks for, its process ends or stops itself in that very call.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { failpointChannel, failpoints } from '@flashsale/service-kit/failpoint.ts'
import { parseOrder, struckFile } from './failpoint-order.ts'

const { FLASHSALE_FAILPOINTS: folder, INSTANCE: instance = '' } = process.env
const passed = new Map<string, number>()

// An order is for one instance, or for whichever instance of the service comes by first.
const names = folder ? [instance, instance.replace(/-\d+$/, '')] : []
const files = names.map((name) => join(folder ?? '', name))

for (const name of failpoints) failpointChannel(name).subscribe(() => pass(name))

function pass(name: string): void {
  for (const file of files) {
    if (existsSync(file)) obey(file, name)
  }
}

function obey(file: string, name: string): void {
  const order = parseOrder(read(file))
  if (order?.failpoint !== name) return
  const count = (passed.get(file) ?? 0) + 1
  passed.set(file, count)
  if (count < order.after) return
  try {
    renameSync(file, struckFile(file)) // of two processes that come by at once, one gets it
  } catch {
    return
  }
  passed.delete(file)
  writeFileSync(struckFile(file), `${instance} ${process.pid}`)
  process.kill(process.pid, order.act === 'kill' ? 'SIGKILL' : 'SIGSTOP')
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // another process was quicker
  }
}
