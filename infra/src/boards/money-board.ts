import { board, figure, lines } from './panels.ts'

const MINOR = { unit: 'none', tells: 'In minor units: cents.' }
const grown = (metric: string) => `sum by (currency) (increase(${metric}[$__range]))`
const rate = (metric: string, by: string) => `sum by (${by}) (rate(${metric}[$__rate_interval]))`

/** Money in, money back, and what is open. The exact sums are in the audit. */
export const moneyBoard = () =>
  board({
    uid: 'money',
    title: 'money',
    tells:
      'Captured, given back, open. Counters start anew with a process: exact sums are in the audit.',
    rows: {
      'In this time': [
        figure('Captured', { '{{currency}}': grown('payment_captured_minor_total') }, MINOR),
        figure('Given back', { '{{currency}}': grown('payment_refunded_minor_total') }, MINOR),
        figure('Refunds open', { refunds: 'max(payment_refunds_open)' }, { unit: 'none' }),
        figure(
          'Refunds stuck',
          { refunds: 'max(payment_refunds_stuck)' },
          { unit: 'none', bad: 1 },
        ),
        figure(
          'Callbacks unsettled',
          { callbacks: 'max(payment_callbacks_unsettled)' },
          {
            unit: 'none',
            bad: 1,
          },
        ),
        figure(
          'Callbacks that contradict',
          {
            callbacks:
              'sum(increase(payment_callbacks_total{outcome="contradicts"}[$__range])) or vector(0)',
          },
          { unit: 'none', bad: 1, tells: 'Another amount or currency than on record.' },
        ),
      ],
      'Over time': [
        lines(
          'Captured a second',
          { '{{currency}}': rate('payment_captured_minor_total', 'currency') },
          MINOR,
        ),
        lines(
          'Given back a second',
          {
            '{{currency}}': rate('payment_refunded_minor_total', 'currency'),
          },
          MINOR,
        ),
        lines(
          'Callbacks',
          { '{{outcome}}': rate('payment_callbacks_total', 'outcome') },
          {
            unit: 'ops',
          },
        ),
        lines(
          'Unsettled',
          {
            callbacks: 'max(payment_callbacks_unsettled)',
            refunds: 'max(payment_refunds_open)',
            'refunds stuck': 'max(payment_refunds_stuck)',
          },
          { unit: 'none' },
        ),
        lines(
          'Orders paid, cancelled, refunded',
          {
            '{{to}}':
              'sum by (to) (rate(order_moves_total{to!="pending-payment"}[$__rate_interval]))',
          },
          { unit: 'ops' },
        ),
      ],
    },
  })
