/**
 * The bank's memory: one line for each thing that happened, written before it is answered. A write
 * that returned is with the kernel, so a killed bank forgets nothing.
 */
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'

/** What the bank tells the shop, and how badly. Made together with the change it tells of. */
export const Call = z.object({
  callbackId: z.uuid(),
  copies: z.int(),
  firstAt: z.iso.datetime(),
  badSignature: z.boolean(),
})
export type Call = z.infer<typeof Call>

const happened = { at: z.iso.datetime(), paymentId: z.string() }
const Entry = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('opened'),
    ...happened,
    amountMinor: z.int(),
    currency: z.string(),
    callbackUrl: z.string(),
  }),
  z.object({
    kind: z.literal('captured'),
    ...happened,
    amountMinor: z.int(),
    call: Call.optional(),
  }),
  z.object({ kind: z.literal('declined'), ...happened, call: Call.optional() }),
  z.object({ kind: z.literal('abandoned'), ...happened }),
  z.object({ kind: z.literal('expired'), ...happened }),
  z.object({
    kind: z.literal('refunded'),
    ...happened,
    refundId: z.string(),
    amountMinor: z.int(),
  }),
  z.object({ kind: z.literal('called'), ...happened, callbackId: z.uuid() }), // and got a 200
])
export type Entry = z.infer<typeof Entry>

export function openJournal(file: string) {
  mkdirSync(dirname(file), { recursive: true })
  const handle = openSync(file, 'a+')
  const text = readFileSync(handle, 'utf8')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  if (whole.length < text.length) ftruncateSync(handle, Buffer.byteLength(whole)) // was never answered

  return {
    entries: whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => Entry.parse(JSON.parse(line))),
    append(entry: Entry) {
      const line = Buffer.from(`${JSON.stringify(entry)}\n`)
      let written = 0
      while (written < line.length) written += writeSync(handle, line, written)
    },
    close: () => closeSync(handle),
  }
}
export type Journal = ReturnType<typeof openJournal>
