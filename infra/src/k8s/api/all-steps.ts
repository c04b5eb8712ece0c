import { brokenOnes, rootRefused } from './steps/broken.ts'
import { canary } from './steps/canary.ts'
import { dryRuns, teachResources } from './steps/dry-run.ts'
import { evictTwice, rolledBack } from './steps/eviction.ts'
import { applyLocal, noTokens, spread } from './steps/local.ts'
import { addNodes } from './steps/nodes.ts'
import { applyProduction, prewarm } from './steps/production.ts'
import { nextRelease } from './steps/release.ts'
import { makeSecrets } from './steps/secrets.ts'
import type { Step } from './steps.ts'

export const allSteps: Step[] = [
  teachResources,
  ...dryRuns,
  addNodes,
  applyLocal,
  makeSecrets,
  spread,
  noTokens,
  evictTwice,
  nextRelease,
  rolledBack,
  brokenOnes,
  rootRefused,
  applyProduction,
  prewarm,
  canary,
]
