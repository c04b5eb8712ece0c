import { counter, gauge } from '@flashsale/service-kit/metric.ts'

export const metrics = {
  held: gauge('lease_held'),
  lost: counter('lease_lost_total'),
}
