import { Counter } from 'prom-client'

/** All of order's own metrics: name, unit, labels. No buyer or order ids. */
export const metrics = {
  moves: new Counter({
    name: 'order_moves_total',
    help: 'Orders by what happened to them and where it took them; tries that rolled back included',
    labelNames: ['input', 'to'],
  }),
}
