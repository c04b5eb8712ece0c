/** Certificates of a test's own: Node signs, and reads certificates, but writes none. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'
import * as der from './der.ts'

const HOUR_MS = 3_600_000
const RSA_BITS = 2_048 // Java without its module for curves reads these too

const signedBy = der.sequence(der.objectId('1.2.840.113549.1.1.11'), der.none) // RSA with SHA-256
const commonName = der.objectId('2.5.4.3')
const forServersAndClients = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'].map(der.objectId)

export type Issued = { cert: string; key: string }
export type Authority = {
  /** Whom to trust. */
  cert: string
  /** For a server that is reached by these names and addresses, or a client. */
  issue(name: string, hosts: string[]): Issued
}

export function createAuthority(name: string): Authority {
  const { publicKey, privateKey } = newKeys()
  const certificate = (subject: string, key: KeyObject, extensions: Buffer[]) =>
    pemOf('CERTIFICATE', signed(bodyOf({ issuer: name, subject, key, extensions }), privateKey))
  return {
    cert: certificate(name, publicKey, ofAuthority),
    issue(subject, hosts) {
      const own = newKeys()
      const key = own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
      return { cert: certificate(subject, own.publicKey, ofServer(hosts)), key }
    },
  }
}

const newKeys = () => generateKeyPairSync('rsa', { modulusLength: RSA_BITS })

type Body = { issuer: string; subject: string; key: KeyObject; extensions: Buffer[] }

function bodyOf({ issuer, subject, key, extensions }: Body): Buffer {
  const now = Date.now()
  const [from, to] = [now - HOUR_MS, now + 24 * HOUR_MS].map((ms) => der.time(new Date(ms)))
  return der.sequence(
    der.part(0, der.integer(Buffer.from([2]))), // version 3
    der.integer(randomBytes(12)),
    signedBy,
    nameOf(issuer),
    der.sequence(from as Buffer, to as Buffer),
    nameOf(subject),
    key.export({ type: 'spki', format: 'der' }),
    der.part(3, der.sequence(...extensions)),
  )
}

const signed = (body: Buffer, key: KeyObject) =>
  der.sequence(body, signedBy, der.bits(sign('sha256', body, key)))

const nameOf = (name: string) => der.sequence(der.set(der.sequence(commonName, der.text(name))))

const extension = (id: string, value: Buffer) =>
  der.sequence(der.objectId(id), der.yes, der.octets(value))
const mayBe = (value: Buffer) => extension('2.5.29.19', value)
const mayUse = (byte: number, unused: number) =>
  extension('2.5.29.15', der.bits(Buffer.from([byte]), unused))

const ofAuthority = [mayBe(der.sequence(der.yes)), mayUse(0x06, 1)] // signs certificates and their ends

const ofServer = (hosts: string[]) => [
  mayBe(der.sequence()),
  mayUse(0xa0, 5), // signs, and takes keys
  extension('2.5.29.37', der.sequence(...forServersAndClients)),
  extension('2.5.29.17', der.sequence(...hosts.map(hostName))),
]

const hostName = (host: string) =>
  isIP(host) === 4
    ? der.choice(7, Buffer.from(host.split('.').map(Number)))
    : der.choice(2, Buffer.from(host, 'ascii'))

function pemOf(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
