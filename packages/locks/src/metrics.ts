import { Counter, Gauge } from 'prom-client'

export const metrics = {
  held: new Gauge({
    name: 'lease_held',
    help: '1 while this process holds the lease; over all instances at most one does',
    labelNames: ['lease'],
  }),
  lost: new Counter({
    name: 'lease_lost_total',
    help: 'Leases that ended before they were released',
    labelNames: ['lease'],
  }),
}
