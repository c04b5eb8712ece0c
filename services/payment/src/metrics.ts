import { counter } from '@flashsale/service-kit/metric.ts'

export const metrics = {
  callbacks: counter('payment_callbacks_total'),
  captured: counter('payment_captured_minor_total'),
  refunded: counter('payment_refunded_minor_total'),
}
