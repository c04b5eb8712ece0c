import { board, figure, lines } from './panels.ts'

const PROBES = 'route!~"/(healthz|readyz|metrics)"'
const OF_JOB = `job=~"$job",${PROBES}`
const count = (more: string, by: string) =>
  `sum by (${by}) (rate(http_request_seconds_count{${more}}[$__rate_interval]))`
const quantile = (q: number, by: string, more: string) =>
  `histogram_quantile(${q}, sum by (${by}, le) (rate(http_request_seconds_bucket{${more}}[$__rate_interval])))`
const burn = (window: string) => `slo:burn:rate${window}`

/** Rate, errors and duration of each service and of each route; and the objectives. */
export const servicesBoard = () =>
  board({
    uid: 'services',
    title: 'services',
    tells: 'How often each service is asked, how often it fails, how long it takes.',
    rows: {
      Objectives: [
        figure(
          'Budget burns, last hour',
          { '{{slo}}': burn('1h') },
          {
            unit: 'none',
            bad: 1,
            tells: 'How many times faster than the objective allows: docs/slo.md.',
          },
        ),
        figure('Budget burns, last 3 days', { '{{slo}}': burn('3d') }, { unit: 'none', bad: 1 }),
        figure('Instances', { '{{job}}': 'sum by (job) (up{job=~"$job"})' }, { unit: 'none' }),
        lines(
          'Burn rate',
          { '{{slo}}, 5 min': burn('5m'), '{{slo}}, 6 h': burn('6h') },
          {
            unit: 'none',
            bad: 14.4,
          },
        ),
      ],
      Services: [
        lines('Answers', { '{{job}}': count(OF_JOB, 'job') }, { unit: 'reqps' }),
        lines(
          'Broken answers',
          { '{{job}} {{status}}': count(`${OF_JOB},status=~"50[^3]"`, 'job, status') },
          {
            unit: 'reqps',
            tells: '500, 501, 502, 504. Must be 0.',
          },
        ),
        lines(
          'Duration',
          {
            '{{job}} p50': quantile(0.5, 'job', OF_JOB),
            '{{job}} p99': quantile(0.99, 'job', OF_JOB),
          },
          { unit: 's', bad: 0.2 },
        ),
      ],
      'Calls to each other': callsToEachOther(),
      'Two releases': twoReleases(),
      Connections: connections(),
      Routes: [
        lines(
          'Answers by route',
          { '{{job}} {{method}} {{route}}': count(OF_JOB, 'job, method, route') },
          {
            unit: 'reqps',
          },
        ),
        lines(
          'Refusals by route',
          {
            '{{job}} {{route}} {{status}}': count(
              `${OF_JOB},status=~"4..|503"`,
              'job, route, status',
            ),
          },
          { unit: 'reqps', tells: 'Deliberate: sold out, too often, try later.' },
        ),
        lines(
          'Duration by route, p99',
          {
            '{{job}} {{method}} {{route}}': quantile(0.99, 'job, method, route', OF_JOB),
          },
          { unit: 's', bad: 0.2 },
        ),
      ],
    },
  })

const callsToEachOther = () => [
  lines(
    'Calls that came to nothing',
    {
      '{{job}} to {{peer}}: {{outcome}}':
        'sum by (job, peer, outcome) (rate(peer_calls_total{job=~"$job",outcome!="answer"}[$__rate_interval]))',
    },
    { unit: 'reqps' },
  ),
  lines(
    'Thought to be away',
    { '{{job}} to {{peer}}': 'max by (job, peer) (peer_circuit_open{job=~"$job"})' },
    { unit: 'none', bad: 1 },
  ),
  lines(
    'Waiting for room',
    { '{{job}} to {{peer}}': 'sum by (job, peer) (peer_calls_waiting{job=~"$job"})' },
    { unit: 'none' },
  ),
]

const ofTracks = (what: string, by: string) =>
  `sum by (${by}) (rate(gateway_track_${what}[$__rate_interval]))`

const twoReleases = () => [
  lines(
    'Calls by release',
    {
      '{{service}} {{track}} {{release}}': ofTracks(
        'calls_total{outcome!="spoilt"}',
        'service, track, release',
      ),
    },
    { unit: 'reqps', tells: 'Of services with a canary: docs/canary.md.' },
  ),
  lines(
    'Failed by release',
    {
      '{{service}} {{track}} {{outcome}}': ofTracks(
        'calls_total{outcome!="ok"}',
        'service, track, outcome',
      ),
      '{{service}}, stable asked instead': ofTracks('fell_back_total', 'service'),
    },
    { unit: 'reqps' },
  ),
  lines(
    'Duration by release, p99',
    {
      '{{service}} {{track}}': `histogram_quantile(0.99, ${ofTracks('call_seconds_bucket', 'service, track, le')})`,
    },
    { unit: 's', bad: 0.5 },
  ),
  figure(
    'Canary, % of buyers',
    { '{{service}}': 'max by (service) (gateway_canary_weight_percent)' },
    { unit: 'percent' },
  ),
  figure(
    'Canary rolled back',
    { '{{service}}': 'max by (service) (gateway_canary_rolled_back)' },
    { unit: 'none', bad: 1, tells: 'Until an operator sets the split again.' },
  ),
  figure(
    'Roll-backs, last day',
    {
      '{{service}} {{cause}}':
        'sum by (service, cause) (increase(gateway_canary_roll_backs_total[1d]))',
    },
    { unit: 'none' },
  ),
]

const connections = () => [
  lines('Open', { '{{job}}': 'sum by (job) (http_connections{job=~"$job"})' }, { unit: 'none' }),
  lines(
    'Ended by a limit of the door',
    {
      '{{job}} {{why}}':
        'sum by (job, why) (rate(http_connections_ended_total{job=~"$job"}[$__rate_interval]))',
    },
    { unit: 'none', tells: 'A second, by the limit: docs/rude-clients.md.' },
  ),
]
