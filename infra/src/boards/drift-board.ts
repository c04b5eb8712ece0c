import { board, figure, lines } from './panels.ts'

const AGE = 'time() - max by (sale) (inventory_reconciled_timestamp_seconds{sale=~"$sale"})'
/** Only what was read in the last minute: another instance may have been the reconciler before. */
const fresh = (metric: string) =>
  `(${metric}{sale=~"$sale"} and on (job, instance, sale) time() - inventory_reconciled_timestamp_seconds < 60)`

/** Whether Redis, ledger, orders and money agree, and what is done where they do not. */
export const driftBoard = () =>
  board({
    uid: 'drift',
    title: 'drift',
    tells: 'Must be 0, all of it: docs/runbooks/audit-not-exact.md.',
    rows: {
      'Must be 0': [
        figure(
          'Drift',
          { units: `sum(${fresh('inventory_drift_units')})` },
          { unit: 'none', bad: 1 },
        ),
        figure(
          'Broken lines of the books',
          { faults: `sum(${fresh('inventory_book_faults')}) or vector(0)` },
          {
            unit: 'none',
            bad: 1,
          },
        ),
        figure(
          'Postgres failed over',
          { flag: 'max(postgres_failed_over)' },
          { unit: 'none', bad: 1 },
        ),
        figure('Oldest reading', { age: `max(${AGE})` }, { unit: 's', bad: 60 }),
      ],
      'Over time': [
        lines(
          'Drift',
          { '{{sale}}': `max by (sale) (${fresh('inventory_drift_units')})` },
          {
            unit: 'none',
          },
        ),
        lines(
          'Broken lines',
          {
            '{{sale}} {{fault}}': `max by (sale, fault) (${fresh('inventory_book_faults')})`,
          },
          { unit: 'none' },
        ),
        lines('Age of the last reading', { '{{sale}}': AGE }, { unit: 's', bad: 60 }),
        lines(
          'Rebuilds',
          {
            '{{outcome}}':
              'sum by (outcome) (increase(inventory_rebuilds_total[$__rate_interval]))',
          },
          { unit: 'none' },
        ),
        lines(
          'Who holds which lease',
          { '{{lease}}: {{instance}}': 'lease_held' },
          {
            unit: 'none',
            tells: 'At most one instance a lease is at 1.',
          },
        ),
        lines(
          'Leases lost',
          {
            '{{job}} {{lease}}':
              'sum by (job, lease) (increase(lease_lost_total[$__rate_interval]))',
          },
          { unit: 'none' },
        ),
      ],
    },
  })
