import { context, DiagLogLevel, diag, ROOT_CONTEXT, type Tracer, trace } from '@opentelemetry/api'
import type { IdGenerator, SpanExporter } from '@opentelemetry/sdk-trace'
import { logSteps, type TraceLog } from './log-steps.ts'
import { createSpanIds, type SpanIds } from './span-ids.ts'

const QUEUE_SPANS_MAX = 4_096 // more are dropped: a back end that is away costs no memory
const EXPORT_EVERY_MS = 1_000
const EXPORT_SPANS_MAX = 512
const EXPORT_TIMEOUT_MS = 5_000
const STOP_WITHIN_MS = 2_000

export type TracesConfig = {
  /** OTLP over HTTP (`…/v1/traces`) or Zipkin's (`…/api/v2/spans`); no traces where it is missing. */
  url?: string | undefined
  /** Share of orders whose traces are recorded, 0 … 1; the same for all services. */
  ratio: number
}
type Wanted = TracesConfig & { service: string; instance: string; log: TraceLog }
type Active = { tracer: Tracer; ids: SpanIds; ratio: number }

let active: Active | undefined

/** What this process records with; undefined while it records nothing. */
export const tracing = () => active

/**
 * Records spans from here on. What the SDK and the exporters are made of is loaded only then. `stop`
 * sends what is still there, for 2 s at most.
 */
export async function startTracing({ url, ratio, service, instance, log }: Wanted) {
  if (!url || ratio === 0) return { stop: async () => {} }
  const [{ NodeSDK }, { AlwaysOnSampler, BatchSpanProcessor }] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    import('@opentelemetry/sdk-trace'),
  ])
  const { resourceFromAttributes } = await import('@opentelemetry/resources')
  tellTrouble(log)
  const ids = createSpanIds()
  const batches = new BatchSpanProcessor({
    exporter: await exporterFor(url),
    maxQueueSize: QUEUE_SPANS_MAX,
    scheduledDelayMillis: EXPORT_EVERY_MS,
    maxExportBatchSize: EXPORT_SPANS_MAX,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  })
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({
      'service.name': service,
      'service.instance.id': instance,
    }),
    autoDetectResources: false,
    sampler: new AlwaysOnSampler(), // whether an order is recorded is decided by its id
    idGenerator: ids satisfies IdGenerator,
    spanProcessors: [batches, logSteps(log)],
    instrumentations: [], // they cost four times a bare route's CPU
    metricReaders: [],
    logRecordProcessors: [],
    textMapPropagator: null,
  })
  sdk.start()
  active = { tracer: trace.getTracer('flashsale'), ids, ratio }
  return {
    stop: async () => {
      if (!active) return // done before
      active = undefined
      const late = new Promise((resolve) => setTimeout(resolve, STOP_WITHIN_MS).unref())
      await Promise.race([sdk.shutdown(), late]).catch(() => {})
      trace.disable()
      context.disable()
    },
  }
}

/** What the SDK has to say, such as of a back end that is away: at most once for each export. */
function tellTrouble(log: TraceLog) {
  const warn = (message: string) =>
    context.with(ROOT_CONTEXT, () => log.warn({ message }, 'spans were lost')) // not of one order
  const quiet = () => {}
  const logger = { error: warn, warn, info: quiet, debug: quiet, verbose: quiet }
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
}

async function exporterFor(url: string): Promise<SpanExporter> {
  if (new URL(url).pathname.endsWith('/api/v2/spans')) {
    const { ZipkinExporter } = await import('@opentelemetry/exporter-zipkin')
    return new ZipkinExporter({ url })
  }
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
  return new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS })
}
