/**
 * An encrypted connection to a store. The server's certificate and the name in it are always checked:
 * nothing here, and no setting, turns that off.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** PEM files. Without `caFile` the authorities that Node knows are trusted. */
export type TlsFiles = {
  caFile?: string | undefined
  certFile?: string | undefined
  keyFile?: string | undefined
}
export type TlsOptions = { ca?: string; cert?: string; key?: string }

/** What the files hold; throws, naming the file, when one is not what it should be. */
export function readTls({ caFile, certFile, keyFile }: TlsFiles): TlsOptions {
  return {
    ...(caFile && { ca: readPem(caFile, isCertificates, 'no certificates in PEM') }),
    ...(certFile && { cert: readPem(certFile, isCertificates, 'no certificates in PEM') }),
    ...(keyFile && { key: readPem(keyFile, isKey, 'no private key in PEM') }),
  }
}

function readPem(file: string, isRight: (pem: string) => boolean, otherwise: string): string {
  const pem = read(file)
  if (!isRight(pem)) throw new Error(`${file} has ${otherwise}`)
  return pem
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`${file} can't be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

function isCertificates(pem: string): boolean {
  const blocks = pem.match(CERTIFICATE) ?? []
  return blocks.length > 0 && succeeds(() => blocks.map((block) => new X509Certificate(block)))
}

const isKey = (pem: string) => succeeds(() => createPrivateKey(pem))

function succeeds(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}

/** As TLS wants it: without the brackets that an IPv6 address has in a URL. */
export const hostOf = (url: string) => new URL(url).hostname.replace(/^\[(.*)\]$/, '$1')
