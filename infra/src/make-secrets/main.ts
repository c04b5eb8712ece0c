/**
 * For a cluster of one's own (k8s/components/stores): random secrets for everything, each written once and
 * never changed. Killed anywhere, the next run goes on: what two parts share is read back, not made again.
 */
import { parseEnv } from '@flashsale/service-kit/config.ts'
import { ClusterEnv, inCluster } from '../k8s/in-cluster.ts'
import { makeSecrets } from './make-secrets.ts'

const cluster = inCluster(parseEnv(ClusterEnv, process.env))
const made = await makeSecrets(cluster)
process.stdout.write(`${JSON.stringify({ made })}\n`)
