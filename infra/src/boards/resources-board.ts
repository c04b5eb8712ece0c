import { board, lines } from './panels.ts'

const JOB = '{job=~"$job"}'
const rate = (metric: string) => `rate(${metric}${JOB}[$__rate_interval])`

/** What each process takes of its machine. */
export const resourcesBoard = () =>
  board({
    uid: 'resources',
    title: 'resources',
    tells: 'CPU, memory and event loop of each process. One core is 1.',
    rows: {
      Processes: [
        lines(
          'CPU',
          { '{{instance}}': rate('process_cpu_seconds_total') },
          { unit: 'none', bad: 1 },
        ),
        lines(
          'Memory',
          { '{{instance}}': `process_resident_memory_bytes${JOB}` },
          { unit: 'bytes' },
        ),
        lines(
          'Event loop lag',
          {
            '{{instance}} p50': `nodejs_eventloop_lag_p50_seconds${JOB}`,
            '{{instance}} p99': `nodejs_eventloop_lag_p99_seconds${JOB}`,
          },
          { unit: 's', bad: 0.1 },
        ),
        lines(
          'Heap',
          {
            '{{instance}} used': `nodejs_heap_size_used_bytes${JOB}`,
            '{{instance}} had': `nodejs_heap_size_total_bytes${JOB}`,
          },
          { unit: 'bytes' },
        ),
        lines(
          'Garbage collection, share of the time',
          {
            '{{instance}} {{kind}}': `sum by (instance, kind) (${rate('nodejs_gc_duration_seconds_sum')})`,
          },
          { unit: 'percentunit' },
        ),
        lines(
          'Open files and sockets',
          { '{{instance}}': `process_open_fds${JOB}` },
          { unit: 'none' },
        ),
        lines(
          'Runs since',
          { '{{instance}}': `time() - process_start_time_seconds${JOB}` },
          { unit: 's' },
        ),
        lines(
          'Answers',
          { '{{instance}}': `sum by (instance) (${rate('http_request_seconds_count')})` },
          {
            unit: 'reqps',
          },
        ),
      ],
    },
  })
