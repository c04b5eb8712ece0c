import { counter, gauge, histogram } from '@flashsale/service-kit/metric.ts'

export const metrics = {
  attempts: counter('gateway_attempts_total'),
  waiting: gauge('gateway_attempts_waiting'),
  overloaded: gauge('gateway_overloaded'),
  rateLimited: counter('gateway_rate_limited_total'),
  gateways: gauge('gateway_peers'),
  countedAlone: counter('gateway_calls_counted_alone_total'),
  tokensChecked: counter('gateway_tokens_checked_total'),
  keySetReadAt: gauge('gateway_key_set_read_timestamp_seconds'),
  banned: gauge('gateway_bans'),
  trackCalls: counter('gateway_track_calls_total'),
  trackSeconds: histogram('gateway_track_call_seconds'),
  trackFellBack: counter('gateway_track_fell_back_total'),
  canaryWeight: gauge('gateway_canary_weight_percent'),
  canaryRolledBack: gauge('gateway_canary_rolled_back'),
  canaryRollBacks: counter('gateway_canary_roll_backs_total'),
  actionsWaiting: gauge('gateway_admin_actions_waiting'),
  bansReadAt: gauge('gateway_bans_read_timestamp_seconds'),
}
