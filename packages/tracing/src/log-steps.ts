import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'

/** A log's line is an object and a fixed sentence. */
type Line = (facts: object, sentence: string) => void
export type TraceLog = { info: Line; warn: Line }

/** The same steps as lines of the log, for those who have no back end for traces at hand. */
export function logSteps(log: TraceLog): SpanProcessor {
  return {
    onStart() {},
    onEnd(span: ReadableSpan) {
      const { 'order.id': orderId, outcome } = span.attributes
      if (orderId === undefined) return // of a batch: its orders have steps of their own
      const { traceId, spanId } = span.spanContext()
      const [seconds, nanoseconds] = span.duration
      const ms = Math.round(seconds * 1e3 + nanoseconds / 1e6)
      const facts = { orderId, traceId, spanId, step: span.name, ms, outcome }
      log.info(facts, 'a step of a traced order')
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  }
}
