/**
 * Run once a minute by a CronJob (k8s/components/prewarm): around an opening every scaler that says so has at
 * least as many instances as its annotation `flashsale.dev/warm`, at all other times as `flashsale.dev/calm`.
 * While the gateway can't tell its sales, everything stays as it is, and the run fails.
 */
import { parseEnv } from '@flashsale/service-kit/config.ts'
import { z } from 'zod'
import { ClusterEnv, inCluster } from '../k8s/in-cluster.ts'
import { isWarm, readSales } from './sales.ts'
import { setLeast } from './scalers.ts'

const Env = ClusterEnv.extend({
  GATEWAY_URL: z.url({ protocol: /^https?$/ }),
  LEAD_SECONDS: z.coerce.number().int().min(0).max(86_400), // more than new machines take to come
  KEEP_SECONDS: z.coerce.number().int().min(0).max(86_400), // then the crowd itself is what is measured
})
const env = parseEnv(Env, process.env)

const sales = await readSales(env.GATEWAY_URL)
const around = { leadMs: env.LEAD_SECONDS * 1000, keepMs: env.KEEP_SECONDS * 1000 }
const want = isWarm(sales, Date.now(), around) ? 'warm' : 'calm'
const changed = await setLeast(inCluster(env), want)
process.stdout.write(`${JSON.stringify({ want, changed })}\n`)
