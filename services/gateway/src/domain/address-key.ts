import type { IncomingMessage } from 'node:http'
import { isIPv4, isIPv6 } from 'node:net'
import proxyAddr from '@fastify/proxy-addr'

const UNREADABLE = 'unreadable' // all of them share one bucket

/** The key of whoever called, by the word of the proxies that are trusted. */
export type AddressOf = (request: IncomingMessage) => string
export function createAddressOf(trustedProxies: string[]): AddressOf {
  const trusts = proxyAddr.compile(trustedProxies)
  return (request) => addressKey(proxyAddr(request, trusts))
}

/** Whether the connection itself is that of a proxy that is trusted. */
export type IsProxy = (request: IncomingMessage) => boolean
export function createIsProxy(trustedProxies: string[]): IsProxy {
  const trusts = proxyAddr.compile(trustedProxies)
  if (trustedProxies.length === 0) return () => false // asking a socket for its address is a system call
  return ({ socket: { remoteAddress } }) => remoteAddress !== undefined && trusts(remoteAddress, 0)
}

/**
 * Who stands behind an address: of IPv6 the first half, for a line is given a whole /64 and could take
 * another address for each request; of IPv4 all of it, also when it is written as IPv6.
 */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return UNREADABLE
  if (isIPv4(address)) return address
  if (!isIPv6(address)) return UNREADABLE
  const groups = groupsOf(address)
  const [a = 0, b = 0] = groups.slice(6)
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (isMapped) return [a >> 8, a & 255, b >> 8, b & 255].join('.')
  return groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')
}

/** The eight 16-bit groups of a valid IPv6 address, however it is written. */
function groupsOf(address: string): number[] {
  const [withoutZone = ''] = address.split('%')
  const hex = withoutZone.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_dotted, ...bytes) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number)
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })
  const [head = [], tail] = hex.split('::').map((half) => (half === '' ? [] : half.split(':')))
  const zeros = tail ? Array(8 - head.length - tail.length).fill('0') : []
  return [...head, ...zeros, ...(tail ?? [])].map((group) => Number.parseInt(group, 16))
}
