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

export const entryOf = (service: ImageService): string => services[service].entry
export const packageOf = (service: ImageService): string => services[service].package

export function readService(name = ''): ImageService {
  const service = imageServices.find((one) => one === name)
  if (service) return service
  throw new Error(`no service "${name}": it is one of ${imageServices.join(', ')}`)
}
