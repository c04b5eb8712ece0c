import { CONNECTIONS_MAX } from '@flashsale/service-kit/db.ts'

export const LIST_CONNECTIONS_MAX = 2
/** Of the thread that reads the books. */
export const READER_CONNECTIONS_MAX = 2
/** Of everything else: what the thread reads was read over these before. */
export const MAIN_CONNECTIONS_MAX = CONNECTIONS_MAX - READER_CONNECTIONS_MAX
/** That one instance takes at most; of all of them together: docs/kubernetes.md. */
export const connectionsMax = MAIN_CONNECTIONS_MAX + READER_CONNECTIONS_MAX + LIST_CONNECTIONS_MAX
