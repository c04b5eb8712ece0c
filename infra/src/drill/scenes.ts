import type { Scene } from './scene.ts'
import { backupRestore } from './scenes/backup-restore.ts'
import {
  killedHandling,
  killedPublishing,
  killedRecording,
  killedReserving,
  killedReturning,
} from './scenes/exact-kills.ts'
import { largeSale } from './scenes/large-sale.ts'
import { killedRaising, killedStaging } from './scenes/rebuild-kills.ts'
import { redisEmptied } from './scenes/redis-emptied.ts'
import { redisPromoted } from './scenes/redis-promoted.ts'
import { redisBehindLedger, redisLosesHolds } from './scenes/redis-tail.ts'
import { rollingRestart } from './scenes/rolling-restart.ts'
import { kafkaLeaderAway, postgresAway } from './scenes/servers-away.ts'
import { standbyAsync } from './scenes/standby-async.ts'
import { standbySync } from './scenes/standby-sync.ts'
import { twoVersions } from './scenes/two-versions.ts'

/** Every scene of `./dev drill`, in the order of `--list`. */
export const scenes: Scene[] = [
  killedReserving,
  killedRecording,
  killedPublishing,
  killedHandling,
  killedReturning,
  killedRaising,
  killedStaging,
  redisLosesHolds,
  redisBehindLedger,
  redisPromoted,
  redisEmptied,
  kafkaLeaderAway,
  postgresAway,
  standbySync,
  backupRestore,
  standbyAsync,
  largeSale,
  rollingRestart,
  twoVersions,
]
