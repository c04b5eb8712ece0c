import { Counter, Gauge } from 'prom-client'

/** All of inventory's own metrics: name, unit, labels. No buyer or order ids. */
export const metrics = {
  attempts: new Counter({
    name: 'inventory_attempts_total',
    help: 'Purchase attempts by what became of them',
    labelNames: ['outcome'],
  }),
  recorded: new Counter({
    name: 'inventory_stream_entries_total',
    help: 'Stream entries the ledger writer has dealt with, by outcome',
    labelNames: ['outcome'],
  }),
  rebuilds: new Counter({
    name: 'inventory_rebuilds_total',
    help: 'Rebuilds of a segment in Redis from the ledger, by outcome',
    labelNames: ['outcome'],
  }),
  openReturns: new Gauge({
    name: 'inventory_open_returns',
    help: 'Orders whose units Redis has still to be given, as last read',
  }),
}
