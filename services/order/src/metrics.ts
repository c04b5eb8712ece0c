import { counter, histogram } from '@flashsale/service-kit/metric.ts'

export const metrics = {
  moves: counter('order_moves_total'),
  holdToOrder: histogram('order_hold_to_order_seconds'),
}
