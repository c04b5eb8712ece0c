import { board, figure, lines } from './panels.ts'

const rate = (metric: string, by: string) => `sum by (${by}) (rate(${metric}[$__rate_interval]))`
/** What an instance saw before it lost the lease does not change any more, and does not count. */
const OUTBOX =
  'max by (job) (outbox_oldest_row_seconds * (changes(outbox_oldest_row_seconds[1m]) > bool 0))'
const road = (q: number) =>
  `histogram_quantile(${q}, sum by (le) (rate(order_hold_to_order_seconds_bucket[$__rate_interval])))`
const batch = (q: number) =>
  `histogram_quantile(${q}, sum by (job, le) (rate(inbox_batch_seconds_bucket[$__rate_interval])))`

/** How far behind each part of the road is, in the order in which an order takes it. */
export const lagBoard = () =>
  board({
    uid: 'lag',
    title: 'lag',
    tells: 'The road from a hold to its order, part by part: the first that is long is the cause.',
    rows: {
      'From hold to order': [
        figure(
          'Within a second',
          {
            orders:
              'sum(increase(order_hold_to_order_seconds_bucket{le=~"1|1[.]0"}[$__range])) / sum(increase(order_hold_to_order_seconds_count[$__range]))',
          },
          { unit: 'percentunit', tells: 'The objective is 99 %.' },
        ),
        figure(
          'On the stream',
          { entries: 'sum(max by (sale) (inventory_stream_length))' },
          {
            unit: 'none',
            bad: 50_000,
          },
        ),
        figure(
          'Events put aside',
          {
            '{{job}} {{type}}': 'sum by (job, type) (increase(inbox_dead_total[$__range]))',
          },
          { unit: 'none', bad: 1 },
        ),
        lines('Hold to order', { p50: road(0.5), p99: road(0.99) }, { unit: 's', bad: 1 }),
      ],
      Admission: admissionPanels(),
      'Stream and outbox': [
        lines(
          'On the stream',
          { '{{sale}}': 'max by (sale) (inventory_stream_length)' },
          {
            unit: 'none',
            tells: 'At 50,000 no more is taken.',
          },
        ),
        lines(
          'Recorded in the ledger',
          {
            '{{outcome}}': rate('inventory_stream_entries_total', 'outcome'),
          },
          { unit: 'ops' },
        ),
        lines('Oldest event not published', { '{{job}}': OUTBOX }, { unit: 's', bad: 10 }),
        lines(
          'Held back by an open transaction',
          {
            '{{job}}': 'max by (job) (outbox_fence_seconds)',
          },
          { unit: 's', bad: 5 },
        ),
        lines('Published', { '{{job}}': rate('outbox_published_total', 'job') }, { unit: 'ops' }),
        lines(
          'Units to be given back',
          { orders: 'max(inventory_open_returns)' },
          { unit: 'none' },
        ),
      ],
      Consumers: [
        lines(
          'Behind',
          { '{{job}} {{topic}}': 'sum by (job, topic) (consumer_lag)' },
          {
            unit: 'none',
          },
        ),
        lines(
          'Handled',
          { '{{job}} {{type}}': rate('inbox_handled_total', 'job, type') },
          {
            unit: 'ops',
          },
        ),
        lines(
          'One batch',
          { '{{job}} p50': batch(0.5), '{{job}} p99': batch(0.99) },
          { unit: 's' },
        ),
        lines('Copies left out', { '{{job}}': rate('inbox_copies_total', 'job') }, { unit: 'ops' }),
      ],
    },
  })

const admissionPanels = () => [
  lines(
    'Until the queue of now is drained',
    { seconds: 'max(inventory_queue_seconds)' },
    { unit: 's', bad: 10, tells: 'Above ADMISSION_WAIT_MS_MAX nothing more is taken.' },
  ),
  lines(
    'Closed',
    { closed: 'max(inventory_admission_closed)' },
    { unit: 'none', bad: 1, tells: 'Buyers are told to try later before stock is taken.' },
  ),
  lines('Waits for', { '{{stage}}': 'max by (stage) (inventory_queue_entries)' }, { unit: 'none' }),
  lines(
    'Taken each second while enough waits',
    { '{{stage}}': 'max by (stage) (inventory_drain_per_second)' },
    { unit: 'ops' },
  ),
]
