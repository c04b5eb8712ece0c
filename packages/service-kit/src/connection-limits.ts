/** What the door of a service allows: of one connection, and of all. docs/rude-clients.md lists them. */
export type ConnectionLimits = {
  /** Open at the same time. At that many, those that are silent make room. */
  connectionsMax: number
  /** From the first byte of a request until its head is whole. */
  headersTimeoutMs: number
  /** Until its body is whole, too. */
  requestTimeoutMs: number
  /** How exactly these two are kept. */
  checkEveryMs: number
  /** After an answer, until the next request begins. A balancer in front has to give up earlier. */
  keepAliveTimeoutMs: number
  /** Without a byte either way: nothing was ever asked, or nobody reads the answer. */
  silentTimeoutMs: number
  /** Request line and headers of one request. */
  headBytesMax: number
  /** Requests that were sent one after the other without waiting for answers. */
  unansweredMax: number
}

export const connectionLimits: ConnectionLimits = {
  connectionsMax: 10_000,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  checkEveryMs: 1_000,
  keepAliveTimeoutMs: 72_000,
  silentTimeoutMs: 70_000, // more than the longest call takes: an audit, 60 s
  headBytesMax: 16 * 1024,
  unansweredMax: 16,
}

/** The same as Node's own server and Fastify want to be told of it. */
export function serverOptions(limits: ConnectionLimits) {
  return {
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionTimeout: limits.silentTimeoutMs,
    http: {
      requestTimeout: limits.requestTimeoutMs,
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: limits.checkEveryMs,
      maxHeaderSize: limits.headBytesMax,
      requireHostHeader: false, // ours says so with a problem document
    },
  }
}
