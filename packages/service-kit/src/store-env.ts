/** What the settings of all stores have in common: docs/store-access.md. */
import { z } from 'zod'
import type { TlsFiles } from './tls.ts'

/** `required`: a service does not start with a store that it would talk to in plain text. */
export const StoresTls = z.enum(['required', 'optional']).default('optional')
export const PemFile = z.string().min(1).optional()

type Context = Pick<z.core.$RefinementCtx, 'addIssue'>
type Store = {
  /** The settings' names begin with it. */
  name: 'DATABASE' | 'REDIS' | 'KAFKA'
  /** How it is encrypted, in words: `<setting> <how>`. */
  setting: string
  how: string
  isEncrypted: boolean
  files: TlsFiles
  tlsWanted: z.infer<typeof StoresTls>
}

/** Settings that contradict each other: what looks safe, and would not be. */
export function checkTls(store: Store, context: Context): void {
  const { name, setting, how, isEncrypted, tlsWanted } = store
  const { caFile, certFile, keyFile } = store.files
  const refuse = (of: string, message: string) =>
    context.addIssue({ code: 'custom', path: [of], message })
  if (tlsWanted === 'required' && !isEncrypted) {
    refuse(setting, `STORES_TLS is required, and this is plain text: it ${how}`)
  }
  const named = { CA_FILE: caFile, CERT_FILE: certFile, KEY_FILE: keyFile }
  for (const [what, file] of Object.entries(named)) {
    if (file && !isEncrypted) refuse(`${name}_${what}`, `is of no use: ${setting} ${how}`)
  }
  if (!certFile !== !keyFile) refuse(`${name}_CERT_FILE`, `and ${name}_KEY_FILE are set together`)
}
