import { type MetricRow, metricRegistry } from '@flashsale/service-kit/metric-registry.ts'
import type { SyntaxNode, Tree } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'

const rows: Record<string, MetricRow> = metricRegistry
const OF_TARGET = ['job', 'instance'] // Prometheus itself puts them on every series
const SUFFIX = /_(bucket|sum|count)$/

/** Which metrics there are beside the registry's, and with which labels. */
type Known = { ofProcess: Set<string>; recorded: Map<string, string[]> }

/** Faults of one expression, by Prometheus' own grammar: what is no PromQL, no metric, no label of it. */
export function faultsOf(expr: string, known: Known): string[] {
  const tree = parser.parse(expr)
  if (hasError(tree)) return [`is no PromQL: ${expr}`]
  return nodes(tree, 'VectorSelector').flatMap((selector) => {
    const name = textOf(expr, selector.getChild('Identifier'))
    const labels = labelsOf(name, known)
    if (!labels) return [`${name} is no metric: ${expr}`]
    const asked = [...matched(expr, selector), ...grouped(expr, selector)]
    return asked
      .filter((label) => !labels.includes(label))
      .map((label) => `${name} has no label ${label}: ${expr}`)
  })
}

/** Edges of buckets that an expression asks for by `le="…"`, with the metric. */
export function edgesOf(expr: string): [name: string, edge: number][] {
  const found = expr.matchAll(/(\w+)_bucket\{[^}]*\ble=~?"([^"|]+)/g)
  return [...found].map(([, name = '', edge]) => [name, Number(edge)])
}

function hasError(tree: Tree): boolean {
  let found = false
  tree.iterate({
    enter: ({ type }) => {
      if (type.isError) found = true
    },
  })
  return found
}

function nodes(tree: Tree, name: string): SyntaxNode[] {
  const found: SyntaxNode[] = []
  tree.iterate({ enter: (ref) => void (ref.name === name && found.push(ref.node)) })
  return found
}

function labelsOf(name: string, { ofProcess, recorded }: Known): string[] | undefined {
  if (name === 'up') return OF_TARGET
  const ofRule = recorded.get(name)
  if (ofRule) return ofRule
  if (ofProcess.has(name.replace(SUFFIX, ''))) return [...OF_TARGET, 'kind', 'type', 'space']
  const row = rows[name]
  if (row) return row.kind === 'histogram' ? undefined : [...row.labels, ...OF_TARGET]
  const whole = rows[name.replace(SUFFIX, '')]
  if (whole?.kind !== 'histogram') return undefined
  return [...whole.labels, ...OF_TARGET, ...(name.endsWith('_bucket') ? ['le'] : [])]
}

/** Labels between its braces. */
function matched(expr: string, selector: SyntaxNode): string[] {
  const names: string[] = []
  selector.cursor().iterate((ref) => {
    if (ref.name === 'LabelName') names.push(textOf(expr, ref.node))
  })
  return names
}

/** Labels of the `by` around it; what stands behind `and` or `unless` has to have none of them. */
function grouped(expr: string, selector: SyntaxNode): string[] {
  let child = selector
  for (let at = selector.parent; at; child = at, at = at.parent) {
    if (at.name === 'BinaryExpr' && (at.getChild('And') ?? at.getChild('Unless'))) {
      if (child.from === at.lastChild?.from) return []
    }
    if (at.name !== 'AggregateExpr') continue
    const labels = at.getChild('AggregateModifier')?.getChild('GroupingLabels')
    return labels?.getChildren('LabelName').map((label) => textOf(expr, label)) ?? []
  }
  return []
}

const textOf = (expr: string, node: SyntaxNode | null) =>
  node ? expr.slice(node.from, node.to) : ''
