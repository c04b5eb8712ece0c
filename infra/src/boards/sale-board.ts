import { board, figure, lines } from './panels.ts'

const units = (state: string) =>
  `sum(max by (sale) (inventory_units{sale=~"$sale",state="${state}"}))`
const rate = (metric: string, by: string) => `sum by (${by}) (rate(${metric}[$__rate_interval]))`

/** A sale as it runs: who asks, what they are told, where the units are. */
export const saleBoard = () =>
  board({
    uid: 'sale',
    title: 'sale',
    tells:
      'Attempts, what became of them, and where the units are. Units are as the reconciler last read them.',
    rows: {
      Units: unitPanels(),
      Attempts: attemptPanels(),
      Doors: doorPanels(),
    },
  })

const unitPanels = () => [
  figure('Available', { available: units('available') }, { unit: 'none' }),
  figure('Held', { held: units('held') }, { unit: 'none' }),
  figure('Sold', { sold: units('sold') }, { unit: 'none' }),
  figure('Withdrawn', { withdrawn: units('withdrawn') }, { unit: 'none' }),
  figure(
    'In flight',
    {
      units: 'sum(max by (sale) (inventory_in_flight_units{sale=~"$sale"}))',
    },
    { unit: 'none', tells: 'On their way between Redis and the ledger.' },
  ),
  figure(
    'Sales sold out',
    {
      sales: 'sum(max by (sale) (inventory_units{sale=~"$sale",state="available"}) == bool 0)',
    },
    { unit: 'none' },
  ),
  lines(
    'Units by state',
    {
      '{{state}}': 'sum by (state) (max by (sale, state) (inventory_units{sale=~"$sale"}))',
    },
    { unit: 'none' },
  ),
  lines(
    'Stock in flight',
    {
      '{{sale}}': 'max by (sale) (inventory_in_flight_units{sale=~"$sale"})',
    },
    { unit: 'none' },
  ),
  lines(
    'Orders',
    { '{{input}} → {{to}}': rate('order_moves_total', 'input, to') },
    {
      unit: 'ops',
    },
  ),
]

const attemptPanels = () => [
  lines(
    'By outcome, at the gateway',
    {
      '{{outcome}}': rate('gateway_attempts_total', 'outcome'),
    },
    { unit: 'reqps', tells: 'Of all sales.' },
  ),
  lines(
    'Asked of inventory',
    { '{{asked}}': rate('gateway_attempts_total', 'asked') },
    {
      unit: 'reqps',
      tells: 'A "no" is cheap: sold out and not open are told without asking.',
    },
  ),
  lines(
    'By outcome, in Redis',
    { '{{outcome}}': rate('inventory_attempts_total', 'outcome') },
    {
      unit: 'reqps',
    },
  ),
  lines(
    'Waiting for their turn',
    { '{{instance}}': 'gateway_attempts_waiting' },
    {
      unit: 'none',
    },
  ),
  lines(
    'Overloaded',
    { '{{instance}}': 'gateway_overloaded' },
    { unit: 'none', bad: 1, tells: 'Who finds no room is sent away before the request is read.' },
  ),
  lines(
    'Sold out',
    {
      'share of the attempts':
        'sum(rate(gateway_attempts_total{outcome="sold-out"}[$__rate_interval])) / sum(rate(gateway_attempts_total[$__rate_interval]))',
    },
    { unit: 'percentunit' },
  ),
  lines(
    'Too often',
    { '{{limit}}': rate('gateway_rate_limited_total', 'limit') },
    {
      unit: 'reqps',
    },
  ),
]

const doorPanels = () => [
  lines('Gateways that share the limits', { '{{instance}}': 'gateway_peers' }, { unit: 'none' }),
  lines(
    'Tokens checked',
    { '{{outcome}}': rate('gateway_tokens_checked_total', 'outcome') },
    {
      unit: 'ops',
    },
  ),
  lines(
    'Age of the bans known',
    {
      '{{instance}}': 'time() - gateway_bans_read_timestamp_seconds',
    },
    { unit: 's', bad: 30 },
  ),
]
