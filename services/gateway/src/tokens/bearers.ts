import type { ProblemCode } from '@flashsale/service-kit/problem.ts'
import type { BanList } from '../jobs/ban-list.ts'
import { metrics } from '../metrics.ts'
import { type Bearer, type Checked, createTokenCheck } from './check-token.ts'
import type { KeyRing } from './key-ring.ts'
import { createKnownTokens } from './known-tokens.ts'
import { nameOfJti, nameOfToken } from './token-names.ts'

export const TOKENS_KNOWN_MAX = 200_000
const CHARS_A_TOKEN = 250 // on the average: room for fewer where they are longer

export type Authentication = {
  keys: KeyRing
  /** Where there is a key set. */
  fetchKeys?: (() => Promise<boolean>) | undefined
  bans: Pick<BanList, 'isBanned' | 'hasWithdrawn' | 'isWithdrawn'>
  /** Tokens to remember; about 600 bytes each. */
  knownMax?: number
}
/** Who calls, or what is against the token. */
export type Identified = { bearer: Bearer } | { no: ProblemCode }

/** `names` are those it can be withdrawn by, made when there is anything to compare them with. */
type Known = Bearer & { names?: string[] }

/** Who stands behind an `Authorization` header. A token is verified when it is seen for the first time. */
export function createBearers({
  keys,
  fetchKeys,
  bans,
  knownMax = TOKENS_KNOWN_MAX,
}: Authentication) {
  const check = createTokenCheck({ keys, fetchKeys })
  const known = createKnownTokens<Known>({ tokens: knownMax, chars: knownMax * CHARS_A_TOKEN })
  keys.onGone((gone) => known.forgetIf(({ key }) => gone.has(key)))

  const withdrawn = (bearer: Known, header: string) => {
    if (!bans.hasWithdrawn()) return false
    bearer.names ??= namesOf(bearer, tokenOf(header))
    return bearer.names.some(bans.isWithdrawn)
  }
  const judge = (bearer: Known, header: string): Identified =>
    withdrawn(bearer, header) ? { no: 'unauthenticated' } : { bearer }

  const take = (checked: Checked, header: string): Identified => {
    metrics.tokensChecked.inc({ outcome: checked.kind })
    if (checked.kind === 'unknown') return { no: 'try-later' }
    if (checked.kind === 'refused') return { no: 'unauthenticated' }
    known.add(header, checked.bearer)
    return judge(checked.bearer, header)
  }
  /** Undefined when the key set has to be asked first. */
  const identifyAtOnce = (header: string): Identified | undefined => {
    const nowMs = Date.now()
    const bearer = known.get(header, nowMs)
    if (bearer) return judge(bearer, header)
    const checked = check.atOnce(tokenOf(header), nowMs)
    return checked && take(checked, header)
  }
  return {
    identifyAtOnce,
    async identify(header: string): Promise<Identified> {
      return identifyAtOnce(header) ?? take(await check.withNewKeys(tokenOf(header)), header)
    },
    isBanned: ({ id }: Bearer) => bans.isBanned(id),
  }
}
export type Bearers = ReturnType<typeof createBearers>

const tokenOf = (header: string) => /^Bearer (\S+)$/i.exec(header)?.[1] ?? ''

const namesOf = ({ jti }: Bearer, token: string) => [
  nameOfToken(token),
  ...(jti === undefined ? [] : [nameOfJti(jti)]),
]
