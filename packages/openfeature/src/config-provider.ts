import { isDeepStrictEqual } from 'node:util'
import type { RuntimeConfig } from '@flashsale/runtime-config/runtime-config.ts'
import {
  FlagNotFoundError,
  type JsonValue,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
  type ResolutionDetails,
  StandardResolutionReasons,
  TypeMismatchError,
} from '@openfeature/server-sdk'
import { flagsOf } from './flags.ts'

const STALE_AFTER_MS = 10_000
const LOOK_EVERY_MS = 1_000

type Options = { staleAfterMs?: number; lookEveryMs?: number }

/**
 * The runtime configuration as OpenFeature sees it: docs/runtime-config.md names the flags. It reads
 * what is in memory; who evaluates waits for nobody.
 */
export function createConfigProvider(config: RuntimeConfig, options: Options = {}): Provider {
  const events = new OpenFeatureEventEmitter()
  let stopWatching = () => {}

  const resolve = async <T extends JsonValue>(name: string, fallback: T) => {
    const flags = flagsOf(config.current())
    if (!flags.has(name)) throw new FlagNotFoundError(`there is no flag ${name}`)
    const value = flags.get(name)
    if (value === undefined) return { value: fallback, reason: StandardResolutionReasons.DEFAULT }
    if (typeof value !== typeof fallback) {
      throw new TypeMismatchError(`${name} is a ${typeof value}`)
    }
    return {
      value: value as T,
      reason: StandardResolutionReasons.STATIC,
      flagMetadata: { version: config.version() },
    } satisfies ResolutionDetails<T>
  }
  return {
    metadata: { name: 'flashsale-runtime-config' },
    runsOn: 'server',
    events,
    async initialize() {
      stopWatching = watch(config, events, options)
    },
    async onClose() {
      stopWatching()
    },
    resolveBooleanEvaluation: resolve,
    resolveStringEvaluation: resolve,
    resolveNumberEvaluation: resolve,
    resolveObjectEvaluation: resolve,
  }
}

/** Tells of changes, and when the configuration could not be read for long; gives what ends it. */
function watch(config: RuntimeConfig, events: OpenFeatureEventEmitter, options: Options) {
  const { staleAfterMs = STALE_AFTER_MS, lookEveryMs = LOOK_EVERY_MS } = options
  let isStale = false

  const forget = config.onChange((document, earlier) => {
    const [after, before] = [flagsOf(document), flagsOf(earlier)]
    const names = [...after.keys()]
    const flagsChanged = names.filter(
      (name) => !isDeepStrictEqual(after.get(name), before.get(name)),
    )
    if (flagsChanged.length > 0) events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged })
  })
  const look = () => {
    const wasStale = isStale
    isStale = config.ageMs() > staleAfterMs
    if (isStale === wasStale) return
    events.emit(isStale ? ProviderEvents.Stale : ProviderEvents.Ready)
  }
  const timer = setInterval(look, lookEveryMs).unref()
  return () => {
    forget()
    clearInterval(timer)
  }
}
