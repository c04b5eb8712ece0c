/** The few words of ASN.1 (DER) that a certificate is written in. */
const [sequenceTag, setTag] = [0x30, 0x31]

function tagged(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body])
}

function lengthOf(bytes: number): Buffer {
  if (bytes < 0x80) return Buffer.from([bytes])
  const digits = Buffer.from(bytes.toString(16).padStart(bytes > 0xff ? 4 : 2, '0'), 'hex')
  return Buffer.concat([Buffer.from([0x80 | digits.length]), digits])
}

export const sequence = (...parts: Buffer[]) => tagged(sequenceTag, ...parts)
export const set = (...parts: Buffer[]) => tagged(setTag, ...parts)
export const yes = tagged(0x01, Buffer.from([0xff]))
export const none = tagged(0x05)
export const octets = (value: Buffer) => tagged(0x04, value)
export const text = (value: string) => tagged(0x0c, Buffer.from(value, 'utf8'))
/** `unused`: bits at its end that say nothing. */
export const bits = (value: Buffer, unused = 0) => tagged(0x03, Buffer.from([unused]), value)
/** Never negative: a first bit that is set gets a zero in front. */
export const integer = (value: Buffer) =>
  tagged(0x02, (value[0] ?? 0) > 0x7f ? Buffer.from([0]) : Buffer.alloc(0), value)
/** Part number `n` of a structure, itself a structure. */
export const part = (n: number, value: Buffer) => tagged(0xa0 | n, value)
/** Choice number `n`, bare. */
export const choice = (n: number, value: Buffer) => tagged(0x80 | n, value)

/** Two digits of the year, which is enough until 2049. */
export const time = (at: Date) =>
  tagged(0x17, Buffer.from(`${at.toISOString().slice(2, 19).replace(/\D/g, '')}Z`))

export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
  const digits = [value & 0x7f]
  for (let left = value >> 7; left > 0; left >>= 7) digits.unshift(0x80 | (left & 0x7f))
  return digits
}
