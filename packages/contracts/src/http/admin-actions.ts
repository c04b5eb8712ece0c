/** Bodies between the gateway and inventory about what operators do. */
import { z } from 'zod'
import { BuyerId } from '../ids.ts'

const TEXT_CHARS_MAX = 128

export const ActionId = z.uuid().brand<'ActionId'>()
export type ActionId = z.infer<typeof ActionId>

/** With a change: the action that it belongs to. Then the change and its record are one commit. */
export const ACTION_HEADER = 'admin-action'
export const ActionHeaders = z.object({ [ACTION_HEADER]: ActionId.optional() })
export const actionOf = ({ headers }: { headers: z.infer<typeof ActionHeaders> }) =>
  headers[ACTION_HEADER]

/** A buyer is named to be hashed: the record has the subject alone. */
export const ActionTarget = z.union([
  z.string().min(1).max(TEXT_CHARS_MAX),
  z.strictObject({ buyer: BuyerId }),
])
export type ActionTarget = z.infer<typeof ActionTarget>

/** One stage of an action; telling it again changes nothing. */
export const ActionNote = z.strictObject({
  id: ActionId,
  stage: z.enum(['wanted', 'answered']),
  at: z.iso.datetime(),
  who: z.string().min(1).max(TEXT_CHARS_MAX),
  address: z.string().min(1).max(TEXT_CHARS_MAX),
  action: z.string().min(1).max(TEXT_CHARS_MAX),
  target: ActionTarget,
  asked: z.unknown().optional(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  outcome: z.string().min(1).max(TEXT_CHARS_MAX).optional(), // of `answered`: `done`, or a problem's code
})
export type ActionNote = z.infer<typeof ActionNote>

/** All stages of one action. `unknown`: it was wanted, and nobody told what came of it. */
export const AdminAction = z.object({
  id: ActionId,
  at: z.iso.datetime(),
  who: z.string(),
  address: z.string(),
  action: z.string(),
  target: z.string(),
  asked: z.unknown().optional(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  outcome: z.string(),
  recordedAt: z.iso.datetime(),
})
export const AdminActionPage = z.object({
  actions: z.array(AdminAction),
  nextCursor: ActionId.optional(),
})
export type AdminActionPage = z.infer<typeof AdminActionPage>

export const ActionQuery = z.object({
  cursor: ActionId.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  action: z.string().max(TEXT_CHARS_MAX).optional(),
  target: z.string().max(TEXT_CHARS_MAX).optional(),
  buyer: BuyerId.optional(), // found by the subject that it hashes to
  who: z.string().max(TEXT_CHARS_MAX).optional(),
})
export type ActionQuery = z.infer<typeof ActionQuery>
