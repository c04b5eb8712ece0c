import { ANSWER, counter, gauge, histogram } from './metric-row.ts'

/** Rows of the registry for a gateway that splits calls between two releases: docs/canary.md. */
export const trackRows = {
  gateway_track_calls_total: counter(
    'calls',
    'Calls to a service with a canary, by the release that answered; spoilt: answers that were not as agreed',
    'service',
    'track',
    'release',
    'outcome',
  ),
  gateway_track_call_seconds: histogram(
    'How long a call to one release of a service took',
    ANSWER,
    'service',
    'track',
    'release',
  ),
  gateway_track_fell_back_total: counter(
    'calls',
    'Calls that the canary surely did not do and stable was asked for',
    'service',
  ),
  gateway_canary_weight_percent: gauge(
    'percent',
    'Of the buyers, who get the canary by its weight; 0 when it was rolled back',
    'service',
  ),
  gateway_canary_rolled_back: gauge(
    'flag',
    '1 since the canary was rolled back, until an operator sets its split again',
    'service',
  ),
  gateway_canary_roll_backs_total: counter(
    'roll-backs',
    'Canaries that this gateway has left by itself, by what was found',
    'service',
    'cause',
  ),
} as const
