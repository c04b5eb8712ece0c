export type Answer = {
  status: number
  body: string
  /** Of an answer that sends away: 429 and 503. */
  retryAfterSeconds?: number
}

const headEnd = '\r\n\r\n'
const statusAt = 'HTTP/1.1 '.length

/**
 * Cuts what comes over one connection into answers. Text is latin1, so that its length is in bytes.
 * Only answers that name their length can be read, which those of all servers here do.
 */
export function createAnswerReader() {
  let rest = ''

  /** Undefined while the answer is not whole. */
  return (chunk: string): Answer | undefined => {
    const text = rest === '' ? chunk : rest + chunk
    rest = text
    const head = text.indexOf(headEnd)
    if (head < 0) return undefined
    const bodyAt = head + headEnd.length
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1])
    if (Number.isNaN(length)) throw new Error(`an answer without a length: ${text.slice(0, head)}`)
    const missing = bodyAt + length - text.length
    if (missing > 0) return undefined
    if (missing < 0) throw new Error('more than one answer to one request')
    rest = ''
    const status = Number(text.slice(statusAt, statusAt + 3))
    const body = text.slice(bodyAt)
    if (status !== 429 && status !== 503) return { status, body }
    const seconds = Number(/\r\nretry-after: *(\d+)/i.exec(text.slice(0, head))?.[1] ?? 0)
    return { status, body, retryAfterSeconds: seconds }
  }
}
