/** The environment that a pod would have, out of the documents around it, read by the service itself. */
import { readConfig as readGateway } from '../../../services/gateway/src/config.ts'
import { readConfig as readInventory } from '../../../services/inventory/src/config.ts'
import { readConfig as readOrder } from '../../../services/order/src/config.ts'
import { readConfig as readPayment } from '../../../services/payment/src/config.ts'
import { environmentOf } from './environment.ts'
import type { Document } from './render.ts'

type Environment = Record<string, string>

/** Throws what a service would end with; `seenBy`: what is between it and its environment. */
export function readConfigs(documents: Document[], seenBy = (env: Environment) => env) {
  const of = (service: string) => seenBy(environmentOf(documents, service))
  return {
    gateway: readGateway(of('gateway')),
    inventory: readInventory(of('inventory')),
    order: readOrder(of('order')),
    payment: readPayment(of('payment')),
  }
}
