import type { Scene } from './scene.ts'
import { redisBehindLedger, redisLosesHolds } from './scenes/redis-tail.ts'

/** Every scene of `./dev drill`, in the order of `--list`. */
export const scenes: Scene[] = [redisLosesHolds, redisBehindLedger]
