import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { processMetricNames } from '@flashsale/service-kit/metric.ts'
import { parse } from 'yaml'
import { root } from '../src/checkout.ts'

export const folder = join(root, 'infra/prometheus')

export type Rule = {
  record?: string
  alert?: string
  expr: string
  labels: Record<string, string>
  annotations?: { summary: string; runbook: string }
}
type RuleFile = { groups: { rules: Rule[] }[] }
type TestFile = {
  rule_files: string[]
  tests: { alert_rule_test: { alertname: string; exp_alerts: object[] }[] }[]
}

const read = (file: string) => parse(readFileSync(join(folder, file), 'utf8'))
export const ruleFiles: string[] = read('prometheus.yml').rule_files
export const testFiles = ruleFiles.map((file) => file.replace('.yml', '.test.yml'))

export const rules = ruleFiles.flatMap((file) =>
  (read(file) as RuleFile).groups.flatMap((group) => group.rules),
)
export const alerts = rules.filter(({ alert }) => alert !== undefined)
export const ruleTests = testFiles.flatMap((file) => (read(file) as TestFile).tests)

/** What an expression can ask for beside the registry: see `faultsOf`. */
export async function knownMetrics() {
  const records = rules.flatMap(({ record, labels }): [string, string[]][] =>
    record ? [[record, Object.keys(labels)]] : [],
  )
  return { ofProcess: await processMetricNames(), recorded: new Map(records) }
}
