import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { root } from '../src/checkout.ts'

const CORE_MIB_MAX = 4_096
const OWN = ['gateway', 'inventory', 'order', 'payment']

type Service = {
  image: string
  build?: object
  mem_limit: string
  profiles?: string[]
  environment?: Record<string, string>
  volumes?: string[]
  healthcheck?: { test: string[] }
}
const read = (file: string) => parse(readFileSync(join(root, file), 'utf8'), { merge: true })
const services: [string, Service][] = Object.entries(read('docker-compose.yml').services)
const isCore = ([, { profiles }]: [string, Service]) => profiles === undefined
const mib = ([, { mem_limit }]: [string, Service]) => Number(mem_limit.replace(/m$/, ''))

test('what starts by itself takes less than 4 GiB, and everything has a limit', () => {
  for (const one of services) assert.ok(mib(one) > 0, one[0])
  const sum = services.filter(isCore).reduce((total, one) => total + mib(one), 0)
  assert.ok(sum < CORE_MIB_MAX, `${sum} MiB`)
})

test('metrics, dashboards and traces are in a profile of their own', () => {
  const others = services.filter((one) => !isCore(one))
  assert.deepEqual(
    others.map(([name, { profiles }]) => `${name} ${profiles}`),
    ['prometheus', 'grafana', 'zipkin'].map((name) => `${name} observability`),
  )
})

test('images of others are named by version, and everything says whether it is healthy', () => {
  for (const [name, { image, build, healthcheck }] of services) {
    if (!build) assert.match(image, /^\$\{[A-Z]+_IMAGE:-[a-z/-]+:v?\d[\d.]*\}$/, name)
    assert.ok(build ?? healthcheck, name) // ours says so in its Dockerfile
  }
})

test('files that a container is given are there', () => {
  const paths = services.flatMap(([, { volumes = [] }]) =>
    volumes.filter((volume) => volume.startsWith('./')).map((volume) => volume.split(':')[0] ?? ''),
  )
  assert.ok(paths.length >= 4)
  for (const path of paths) assert.ok(existsSync(join(root, path)), path)
})

test('Prometheus asks each service at its port, Grafana asks Prometheus, and traces go to Zipkin if wanted', () => {
  const portOf = (name: string) =>
    services.find(([service]) => service === name)?.[1].environment?.PORT
  const { scrape_configs: jobs } = read('infra/prometheus/prometheus.yml')
  assert.deepEqual(
    jobs.map((job: { job_name: string; static_configs: [{ targets: string[] }] }) => [
      job.job_name,
      job.static_configs[0].targets,
    ]),
    OWN.map((name) => [name, [`${name}:${portOf(name)}`]]),
  )
  const { datasources } = read('infra/grafana/provisioning/datasources/flashsale.yml')
  assert.equal(datasources[0].url, 'http://prometheus:9090')
  for (const [name, { environment }] of services.filter(([name]) => OWN.includes(name))) {
    assert.match(environment?.TRACES_URL ?? '', /^\$\{TRACES_URL:-\}$/, name) // none unless it is asked for
  }
})
