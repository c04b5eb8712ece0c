import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard'
import type * as prometheus from '@grafana/grafana-foundation-sdk/prometheus'
import type * as stat from '@grafana/grafana-foundation-sdk/stat'
import type * as timeseries from '@grafana/grafana-foundation-sdk/timeseries'

/** A type of Grafana's as JSON has it: an enum is one of its values, and there are no functions. */
type Plain<T> = 0 extends 1 & T
  ? T
  : T extends string
    ? `${T}`
    : T extends number
      ? `${T}` extends `${infer N extends number}`
        ? N
        : T
      : T extends (infer Item)[]
        ? Plain<Item>[]
        : T extends object
          ? { [K in keyof T as T[K] extends () => void ? never : K]: Plain<T[K]> }
          : T

/** Grafana leaves the options of a panel open; here they are those of its kind. */
type PanelOf<Type extends string, Options, Custom> = Omit<
  Plain<dashboard.Panel>,
  'type' | 'options' | 'fieldConfig' | 'targets'
> & {
  type: Type
  title: string
  options: Plain<Options>
  fieldConfig: {
    defaults: Omit<Plain<dashboard.FieldConfig>, 'custom'> & { custom?: Plain<Custom> }
    overrides: []
  }
  targets: Plain<prometheus.Dataquery>[]
}
type Row = Plain<dashboard.RowPanel> & { type: 'row' }
type Panel =
  | Row
  | PanelOf<'stat', stat.Options, never>
  | PanelOf<'timeseries', Partial<timeseries.Options>, Partial<timeseries.FieldConfig>>

/** A file of infra/grafana/dashboards. */
export type PlainDashboard = Omit<Plain<dashboard.Dashboard>, 'panels'> & {
  uid: string
  title: string
  panels: Panel[]
}
