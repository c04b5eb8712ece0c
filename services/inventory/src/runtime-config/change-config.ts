import type {
  ConfigChanged,
  ConfigTold,
  InternalConfigChange,
  InternalConfigRollBack,
} from '@flashsale/contracts/http/runtime-config.ts'
import {
  changeDocument,
  type Judged,
  replaceDocument,
} from '@flashsale/runtime-config/change-document.ts'
import type { FieldError } from '@flashsale/runtime-config/read-document.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import {
  insertConfig,
  NOTHING_SET,
  readConfigAbove,
  readConfigVersion,
} from '../db/runtime-config.ts'

const TRIES_MAX = 5 // of a change that others overtake, where the caller expects no version

/** `tell`: what was committed, to this process and to all others. */
export type ConfigDeps = { db: Db; tell: (told: ConfigTold) => Promise<void>; log: Log }
type Asked = Pick<InternalConfigChange, 'who' | 'why' | 'dryRun' | 'expectedVersion'>
export type ChangedConfig =
  | ({ kind: 'changed' } & ConfigChanged)
  | { kind: 'bad'; errors: FieldError[] }
  | { kind: 'config-changed'; version: number }
  | { kind: 'not-found' }

/** Applies a merge patch to what is in force now. */
export const changeConfig = (deps: ConfigDeps, wanted: InternalConfigChange) =>
  makeVersion(deps, wanted, ({ document }) => changeDocument(document, wanted.change))

/** Makes a new version that says what an earlier one did. */
export async function rollBackConfig(deps: ConfigDeps, wanted: InternalConfigRollBack) {
  const earlier = await readConfigVersion(deps.db, wanted.version)
  if (!earlier) return { kind: 'not-found' } as const
  return makeVersion(deps, wanted, ({ document }) => replaceDocument(document, earlier.document))
}

async function makeVersion(
  deps: ConfigDeps,
  { who, why, dryRun, expectedVersion }: Asked,
  judge: (latest: ConfigTold) => Judged,
): Promise<ChangedConfig> {
  const { db, tell, log } = deps
  let latest = NOTHING_SET
  for (let nth = 0; nth < TRIES_MAX; nth++) {
    latest = (await readConfigAbove(db, 0)) ?? NOTHING_SET
    if (expectedVersion !== undefined && expectedVersion !== latest.version) break
    const judged = judge(latest)
    if (judged.kind === 'bad') return judged
    const { document, differences } = judged
    const result = { kind: 'changed', document, differences, dryRun } as const
    const { version: before } = latest
    if (dryRun || differences.length === 0) return { ...result, version: before }
    const version = await insertConfig(db, { before, document, differences, who, why })
    if (version === undefined) continue // somebody else's change was first
    // What it was stands in the history: a cohort names buyers, and no log does.
    log.info({ version, before, who, why }, 'the configuration was changed')
    await tell({ version, document })
    return { ...result, version }
  }
  return { kind: 'config-changed', version: latest.version }
}
