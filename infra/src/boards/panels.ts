/** Panels as all boards have them: a query or a few, a unit, a size. */
import * as common from '@grafana/grafana-foundation-sdk/common'
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard'
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as LinesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'

const GRID_COLUMNS = 24
const HEIGHT = 7
const STAT_HEIGHT = 4
const REFRESH = '5s' // as often as Prometheus asks

export const source = { type: 'prometheus', uid: 'prometheus' }

/** Legend → PromQL. `{{label}}` in a legend is the series' own. */
type Queries = Record<string, string>
type Wanted = {
  unit: string
  /** What a person should think of it. */
  tells?: string
  /** The smallest value that is bad. */
  bad?: number
}

/** Lines over time, three in a row. */
export function lines(title: string, queries: Queries, { unit, tells, bad }: Wanted) {
  const panel = new LinesBuilder()
    .title(title)
    .datasource(source)
    .unit(unit)
    .min(0)
    .height(HEIGHT)
    .span(GRID_COLUMNS / 3)
    .fillOpacity(8)
    .showPoints(common.VisibilityMode.Never)
    .legend(new common.VizLegendOptionsBuilder().displayMode(common.LegendDisplayMode.List))
    .targets(targets(queries))
  if (tells) panel.description(tells)
  if (bad === undefined) return panel
  const style = new common.GraphThresholdsStyleConfigBuilder()
  return panel
    .thresholds(steps(bad))
    .thresholdsStyle(style.mode(common.GraphThresholdsStyleMode.Dashed))
}

/** One number for each series, six in a row; red from `bad` on. */
export function figure(title: string, queries: Queries, { unit, tells, bad }: Wanted) {
  const panel = new StatBuilder()
    .title(title)
    .datasource(source)
    .unit(unit)
    .height(STAT_HEIGHT)
    .span(GRID_COLUMNS / 6)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .targets(targets(queries))
  if (tells) panel.description(tells)
  return bad === undefined ? panel : panel.thresholds(steps(bad))
}

type Panel = ReturnType<typeof lines> | ReturnType<typeof figure>
type Board = { uid: string; title: string; tells: string; rows: Record<string, Panel[]> }

/** A board of rows; `$sale` and `$job` choose what they name, where it is asked for. */
export function board({ uid, title, tells, rows }: Board): dashboard.Dashboard {
  const made = new dashboard.DashboardBuilder(`Flashsale: ${title}`)
    .uid(`flashsale-${uid}`)
    .description(tells)
    .tags(['flashsale'])
    .refresh(REFRESH)
    .time({ from: 'now-30m', to: 'now' })
    .timezone('browser')
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .readonly()
    .link(toOthers())
  let id = 0
  for (const [row, panels] of Object.entries(rows)) {
    made.withRow(new dashboard.RowBuilder(row).id(++id))
    for (const panel of panels) made.withPanel(panel.id(++id))
  }
  const asked = JSON.stringify(made.build())
  if (asked.includes('$sale')) made.withVariable(choice('sale', 'inventory_units'))
  if (asked.includes('$job')) made.withVariable(choice('job', 'http_request_seconds_count'))
  return made.build()
}

function targets(queries: Queries) {
  return Object.entries(queries).map(([legend, expr], index) =>
    new prometheus.DataqueryBuilder()
      .refId(String.fromCharCode('A'.charCodeAt(0) + index))
      .datasource(source)
      .expr(expr)
      .legendFormat(legend)
      .editorMode(prometheus.QueryEditorMode.Code)
      .range(),
  )
}

const steps = (bad: number) =>
  new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps([
    { value: null, color: 'green' },
    { value: bad, color: 'red' },
  ])

const choice = (name: string, metric: string) =>
  new dashboard.QueryVariableBuilder(name)
    .datasource(source)
    .query(`label_values(${metric}, ${name})`)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all' })

const toOthers = () =>
  new dashboard.DashboardLinkBuilder('Flashsale')
    .type(dashboard.DashboardLinkType.Dashboards)
    .tags(['flashsale'])
    .asDropdown(true)
    .keepTime(true)
