import { globSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { root } from '../checkout.ts'

/** What an image is made for: where it begins, and whose packages it needs at run time. */
const services = {
  gateway: { entry: 'services/gateway/src/main.ts', package: '@flashsale/gateway' },
  inventory: { entry: 'services/inventory/src/main.ts', package: '@flashsale/inventory' },
  order: { entry: 'services/order/src/main.ts', package: '@flashsale/order' },
  payment: { entry: 'services/payment/src/main.ts', package: '@flashsale/payment' },
  bank: { entry: 'infra/src/bank/main.ts', package: '@flashsale/payment' }, // the same server, and no database
}
export type ImageService = keyof typeof services
export const imageServices = Object.keys(services) as ImageService[]

// What has no image of its own, and runs in a cluster beside the services (docs/kubernetes.md).
const besides: Partial<Record<ImageService, string[]>> = {
  gateway: ['infra/src/prewarm/main.ts'],
  bank: ['infra/src/make-secrets/main.ts'],
}

// Begun by a service itself, as a thread of its own.
const threads: Partial<Record<ImageService, string[]>> = {
  inventory: ['services/inventory/src/books-reader/main.ts'],
}

const named = (paths: string[]): Record<string, string> =>
  Object.fromEntries(paths.map((path) => [basename(dirname(path)), path]))
export const threadsOf = (service: ImageService) => named(threads[service] ?? [])

/** `main`, and what else can be run in the image: a service's own commands, each in a folder with a main.ts. */
export function programsOf(service: ImageService): Record<string, string> {
  const commands = globSync(`services/${service}/src/*/main.ts`, { cwd: root }).sort()
  const others = [...commands, ...(besides[service] ?? [])]
  return { main: services[service].entry, ...named(others) }
}
export const packageOf = (service: ImageService): string => services[service].package

export function readService(name = ''): ImageService {
  const service = imageServices.find((one) => one === name)
  if (service) return service
  throw new Error(`no service "${name}": it is one of ${imageServices.join(', ')}`)
}
