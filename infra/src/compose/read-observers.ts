import { waitUntil } from '../wait-until.ts'

const withinMs = 60_000
const services = ['gateway', 'inventory', 'order', 'payment']

type Ports = { PROMETHEUS_PORT: string; ZIPKIN_PORT: string }
type Found = { data: { result: unknown[] } }
type Rules = { data: { groups: { rules: { health: string }[] }[] } }
type Span = { localEndpoint: { serviceName: string } }

/** What the profile `observability` has seen of a sale: every service, no broken rule, a trace through all. */
export async function readObservers({ PROMETHEUS_PORT, ZIPKIN_PORT }: Ports) {
  const prometheus = `http://127.0.0.1:${PROMETHEUS_PORT}/api/v1`
  const traces = `http://127.0.0.1:${ZIPKIN_PORT}/api/v2/traces`
  const up = async () => (await read<Found>(`${prometheus}/query?query=up==1`)).data.result.length
  const isReached = async () => (await up()) === services.length
  await waitUntil('Prometheus to reach every service', isReached, withinMs)

  let trace: Span[] = []
  const isTraced = async () => {
    const paid = '?serviceName=inventory&spanName=order.paid%20handled&limit=1'
    trace = (await read<Span[][]>(traces + paid))[0] ?? []
    return servicesOf(trace).length === services.length
  }
  await waitUntil('the trace of a paid order', isTraced, withinMs)

  const { data } = await read<Rules>(`${prometheus}/rules`)
  const rules = data.groups.flatMap((group) => group.rules)
  const broken = rules.filter(({ health }) => health === 'err').length
  const facts = { servicesUp: await up(), rules: rules.length, rulesBroken: broken }
  return {
    passed: rules.length > 0 && broken === 0,
    ...facts,
    spansOfOnePaidOrder: trace.length,
    through: servicesOf(trace),
  }
}

const servicesOf = (trace: Span[]) =>
  [...new Set(trace.map(({ localEndpoint }) => localEndpoint.serviceName))].sort()

async function read<T>(url: string): Promise<T> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
  return (await answer.json()) as T
}
