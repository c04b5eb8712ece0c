/** The few calls by which the road of an order is recorded. Each costs a look at the id where it is not. */
import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  type HrTime,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import {
  formatTraceparent,
  isSampled,
  parseTraceparent,
  rootSpanIdOf,
  traceIdOf,
} from './order-trace.ts'
import { tracing } from './tracing.ts'

export const kinds = {
  client: SpanKind.CLIENT,
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const
type Kind = keyof typeof kinds

const LINKS_MAX = 128
const spansByOrder = createContextKey('spans by order')

/** A step on the road of one order, and what it follows. */
export type Step = {
  name: string
  orderId: string
  kind?: Kind
  /** `traceparent` of the span that it follows; of the order's root span where it is missing. */
  after?: string | undefined
  attributes?: Attributes
}

/**
 * The root span of an order's trace: the request that asks for units, since `startedAtMs` of this
 * process' monotonic clock. Undefined where the trace is not recorded; else who made it ends it.
 */
export function startOrder(name: string, orderId: string, startedAtMs: number) {
  const active = tracing()
  if (!active || !isSampled(orderId, active.ratio)) return undefined
  const options = {
    kind: SpanKind.SERVER,
    startTime: wallClock(startedAtMs),
    attributes: { 'order.id': orderId },
  }
  const ids = { traceId: traceIdOf(orderId), spanId: rootSpanIdOf(orderId) }
  const span = active.ids.as(ids, () => active.tracer.startSpan(name, options, ROOT_CONTEXT))
  return {
    end(attributes: Attributes) {
      span.setAttributes(attributes)
      span.end(wallClock(performance.now())) // by the clock that it began by
    },
  }
}

/** Runs `work` with a span for each step whose order's trace is recorded; all end with it. */
export async function inSteps<T>(steps: readonly Step[], work: () => Promise<T>): Promise<T> {
  const active = tracing()
  if (!active) return await work()
  const spans: Span[] = []
  const byOrder = new Map<string, Span>()
  for (const { name, orderId, kind, after, attributes } of steps) {
    const parent = contextAfter(after ?? traceparentOf(orderId))
    if (!parent) continue
    const options = { ...kindOf(kind), attributes: { ...attributes, 'order.id': orderId } }
    const span = active.tracer.startSpan(name, options, parent)
    spans.push(span)
    byOrder.set(orderId, span)
  }
  const [first] = spans
  if (!first) return await work()
  const within = context.active().setValue(spansByOrder, byOrder)
  const alone = spans.length === 1 ? trace.setSpan(within, first) : within
  return await ended(spans, () => context.with(alone, work))
}

/**
 * Runs `work`, one call for many orders, in a span that follows the first of those that are recorded and
 * is linked to all of them. Their ids stand in an attribute too: not every back end keeps links.
 */
export async function inBatchSpan<T>(
  name: string,
  orderIds: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const active = tracing()
  if (!active) return await work()
  const recorded = orderIds.filter((id) => isSampled(id, active.ratio)).slice(0, LINKS_MAX)
  const [first] = recorded
  if (first === undefined) return await work()
  const span = active.tracer.startSpan(
    name,
    {
      links: recorded.map((id) => ({ context: spanContextOf(traceIdOf(id), rootSpanIdOf(id)) })),
      attributes: { 'batch.size': orderIds.length, 'batch.orders': recorded.join(' ') },
    },
    contextOf(traceIdOf(first), rootSpanIdOf(first)),
  )
  return await ended([span], () => context.with(trace.setSpan(context.active(), span), work))
}

/** Runs `work` in a span that follows the one under way; without one it is just run. */
export async function inSpan<T>(
  name: string,
  options: { kind?: Kind; attributes?: Attributes },
  work: () => Promise<T>,
): Promise<T> {
  const active = tracing()
  if (!active || !trace.getActiveSpan()) return await work()
  const { kind, attributes = {} } = options
  const span = active.tracer.startSpan(name, { ...kindOf(kind), attributes })
  return await ended([span], () => context.with(trace.setSpan(context.active(), span), work))
}

/** A step that began before, such as a wait, and ends now: its `traceparent`. */
export function pastStep({ name, orderId, kind, startedAtMs, ...step }: PastStep) {
  const parent = contextAfter(step.after ?? traceparentOf(orderId))
  if (!parent) return undefined
  const attributes = { ...step.attributes, 'order.id': orderId }
  const options = { ...kindOf(kind), startTime: startedAtMs, attributes }
  const span = tracing()?.tracer.startSpan(name, options, parent)
  span?.end(Math.max(Date.now(), startedAtMs)) // another machine's clock may be ahead of ours
  return span && formatted(span)
}
type PastStep = Step & { startedAtMs: number }

/** `traceparent` for what is written or sent for this order now; undefined where nobody records it. */
export function traceparentOf(orderId: string): string | undefined {
  const active = tracing()
  if (!active) return undefined
  const ofOrders = context.active().getValue(spansByOrder) as Map<string, Span> | undefined
  const traceId = traceIdOf(orderId)
  const underWay = trace.getActiveSpan()
  const isOfOrder = underWay?.spanContext().traceId === traceId
  const span = isOfOrder ? underWay : ofOrders?.get(orderId)
  if (span) return formatted(span)
  if (!isSampled(orderId, active.ratio)) return undefined
  return formatTraceparent(traceId, rootSpanIdOf(orderId))
}

/** `traceparent` of the span under way. */
export function activeTraceparent(): string | undefined {
  const span = tracing() && trace.getActiveSpan()
  return span && formatted(span)
}

/** For log lines: the ids of the span under way. */
export function activeIds(): { traceId?: string; spanId?: string } {
  const span = tracing() && trace.getActiveSpan()
  if (!span) return {}
  const { traceId, spanId } = span.spanContext()
  return { traceId, spanId }
}

/** A span for a request that came with this header, which is in its maker's hands. */
export function startRequest(name: string, traceparent: string) {
  const parent = contextAfter(traceparent)
  const span = parent && tracing()?.tracer.startSpan(name, { kind: SpanKind.SERVER }, parent)
  if (!span) return undefined
  const within = trace.setSpan(context.active(), span)
  return { span, run: (work: () => void) => context.with(within, work) }
}

async function ended<T>(spans: Span[], work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    for (const span of spans) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) })
    }
    throw error
  } finally {
    for (const span of spans) span.end()
  }
}

/** In whole microseconds: of a fraction of one Zipkin says that the whole message is malformed. */
function wallClock(ms: number): HrTime {
  const microseconds = Math.floor((performance.timeOrigin + ms) * 1e3)
  return [Math.floor(microseconds / 1e6), (microseconds % 1e6) * 1e3]
}

const kindOf = (kind: Kind | undefined) => (kind ? { kind: kinds[kind] } : {})

function formatted(span: Span): string {
  const { traceId, spanId } = span.spanContext()
  return formatTraceparent(traceId, spanId)
}

const spanContextOf = (traceId: string, spanId: string) => ({
  traceId,
  spanId,
  traceFlags: TraceFlags.SAMPLED,
  isRemote: true,
})

const contextOf = (traceId: string, spanId: string): Context =>
  trace.setSpanContext(ROOT_CONTEXT, spanContextOf(traceId, spanId))

function contextAfter(traceparent: string | undefined): Context | undefined {
  const ids = traceparent === undefined ? undefined : parseTraceparent(traceparent)
  return ids && contextOf(ids.traceId, ids.spanId)
}
