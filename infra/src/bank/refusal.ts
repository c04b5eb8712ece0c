import { z } from 'zod'

/** What the bank answers instead of a 200; it is another house and has its own words. */
export const Refusal = z.object({
  error: z.enum(['not-found', 'conflict']),
  state: z.string().optional(),
})
