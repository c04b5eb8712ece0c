import { createHash, X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { getCACertificates } from 'node:tls'

const [magic, version, trustedCertificate] = [0xfeedfeed, 2, 2]
const password = 'changeit' // Java's own word: the file guards nothing

/**
 * Java as PyPI has it brings its own list of authorities; this file, a Java key store, has those that
 * this machine and Node trust, which may be a company's own in front of the registries.
 */
export function writeTrustStore(file: string): void {
  const known = ['default', 'system', 'extra'] as const
  const certificates = [...new Set(known.flatMap((type) => getCACertificates(type)))]
  const head = [uint32(magic), uint32(version), uint32(certificates.length)]
  const body = Buffer.concat([...head, ...certificates.map(entry)])
  const secret = Buffer.from(password, 'utf16le').swap16()
  const digest = createHash('sha1').update(secret).update('Mighty Aphrodite').update(body).digest()
  writeFileSync(file, Buffer.concat([body, digest]))
}

function entry(pem: string, index: number): Buffer {
  const { raw } = new X509Certificate(pem)
  const madeAt = Buffer.alloc(8)
  const name = text(`authority-${index}`)
  return Buffer.concat([
    uint32(trustedCertificate),
    name,
    madeAt,
    text('X.509'),
    uint32(raw.length),
    raw,
  ])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** As DataOutput.writeUTF writes what is ASCII. */
function text(value: string): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(value.length)
  return Buffer.concat([length, Buffer.from(value, 'ascii')])
}
