import { CONNECTIONS_MAX } from '@flashsale/service-kit/db.ts'

/** That one instance takes at most; of all of them together: docs/kubernetes.md. */
export const connectionsMax = CONNECTIONS_MAX
