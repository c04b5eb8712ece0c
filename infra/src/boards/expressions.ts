import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'

type Target = { expr?: string }

/** Every query of a board as Prometheus gets it: Grafana puts its variables in. */
export function expressionsOf(board: Pick<Dashboard, 'panels'>): string[] {
  const panels = (board.panels ?? []) as { targets?: Target[] }[]
  return panels.flatMap(({ targets = [] }) =>
    targets.map(({ expr = '' }) =>
      expr
        .replaceAll('$__rate_interval', '1m')
        .replaceAll('$__range', '1h')
        .replaceAll(/\$(sale|job)\b/g, '.*'),
    ),
  )
}
