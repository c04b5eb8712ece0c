import { CONNECTIONS_MAX } from '@flashsale/service-kit/db.ts'

export const LIST_CONNECTIONS_MAX = 2
/** That one instance takes at most; of all of them together: docs/kubernetes.md. */
export const connectionsMax = CONNECTIONS_MAX + LIST_CONNECTIONS_MAX
