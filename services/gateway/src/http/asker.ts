import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Asker } from '../domain/split.ts'

const TRACK_HEADER = 'x-flashsale-track'

/** For the schema of a route whose calls are split; any other value is as none. */
export const trackHeaders = {
  [TRACK_HEADER]: z
    .string()
    .optional()
    .describe(
      '`canary` or `stable`: the release to be served by, where operators have let callers choose',
    ),
}

type Heads = { headers: Record<string, string | string[] | undefined> }
export function wantedTrack({ headers }: Heads): string | undefined {
  const said = headers[TRACK_HEADER]
  return typeof said === 'string' ? said : undefined
}

/** Who asks, after `authenticate`. */
export const askerOf = (request: FastifyRequest): Asker => ({
  buyerId: request.user.id,
  wanted: wantedTrack(request.raw),
})
