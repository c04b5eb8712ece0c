import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLOSE_WITHIN_MS, DRAIN_LONGER_MS } from '@flashsale/service-kit/run.ts'
import { z } from 'zod'
import { programsOf, readService } from '../../src/images/image-services.ts'
import { readConfigs } from '../../src/k8s/configs.ts'
import { canRender, deploymentsOf, everyOverlay, matches, workloadsOf } from './manifests.ts'
import { withSecrets } from './secrets.ts'

const KAFKA_WRITES_ITS_ROOT = ['kafka']
const GRACE_TO_SPARE_MS = 5_000
const Accounts = z.object({ automountServiceAccountToken: z.literal(false) })
const Selecting = z.object({
  spec: z.object({ selector: z.object({ matchLabels: z.record(z.string(), z.string()) }) }),
})
const Policy = z.object({
  spec: z.object({
    podSelector: z.object({ matchLabels: z.record(z.string(), z.string()).default({}) }),
    policyTypes: z.array(z.string()),
  }),
})

if (canRender()) {
  for (const { overlay, documents } of everyOverlay()) {
    const workloads = workloadsOf(documents)
    const deployments = deploymentsOf(documents)
    const named = (kind: string) => documents.filter((one) => one.kind === kind)

    test(`${overlay}: no pod is root, keeps a capability or can write its root`, () => {
      assert.ok(workloads.length >= 7)
      for (const { name, pod } of workloads) {
        const { runAsNonRoot, runAsUser, seccompProfile } = pod.spec.securityContext
        assert.equal(runAsNonRoot, true, name)
        assert.ok(runAsUser > 0, name)
        assert.equal(seccompProfile.type, 'RuntimeDefault', name)
        for (const one of [...pod.spec.initContainers, ...pod.spec.containers]) {
          const { securityContext } = one
          assert.equal(securityContext.allowPrivilegeEscalation, false, name)
          assert.deepEqual(securityContext.capabilities.drop, ['ALL'], name)
          const isReadOnly = securityContext.readOnlyRootFilesystem
          assert.equal(isReadOnly, !KAFKA_WRITES_ITS_ROOT.includes(one.name), name)
        }
      }
    })

    test(`${overlay}: every pod has an account that is there, and neither gives it a token`, () => {
      for (const { name, pod } of workloads) {
        assert.equal(pod.spec.automountServiceAccountToken, false, name)
        const account = named('ServiceAccount').find(
          ({ metadata }) => metadata.name === pod.spec.serviceAccountName,
        )
        assert.ok(account, name)
        Accounts.parse(account)
      }
      const owners = deployments.map(({ name }) => name.replace('-canary', ''))
      const accounts = deployments.map(({ pod }) => pod.spec.serviceAccountName)
      assert.deepEqual(accounts, owners) // none shares another service's
    })

    test(`${overlay}: the three probes of a service ask three things`, () => {
      for (const { name, pod } of deployments) {
        const [service] = pod.spec.containers
        const { startupProbe, readinessProbe, livenessProbe } = service ?? {}
        assert.equal(livenessProbe?.httpGet?.path, '/healthz', name) // no store in it
        assert.match(startupProbe?.httpGet?.path ?? '', /^\/readyz/, name)
        assert.match(readinessProbe?.httpGet?.path ?? '', /^\/readyz/, name)
        const patience = (probe: typeof startupProbe) =>
          (probe?.periodSeconds ?? 0) * (probe?.failureThreshold ?? 0)
        assert.ok(patience(readinessProbe) < patience(livenessProbe), name)
        assert.ok(patience(livenessProbe) < patience(startupProbe), name)
      }
    })

    test(`${overlay}: a pod has the time that its end takes`, () => {
      const configs = Object.values(readConfigs(withSecrets(documents)))
      const drainMs = Math.max(...configs.map((config) => config.drainMs))
      assert.ok(drainMs > 0 && drainMs + DRAIN_LONGER_MS < CLOSE_WITHIN_MS)
      for (const { name, pod } of deployments) {
        const [service] = pod.spec.containers
        const preStopMs = (service?.lifecycle?.preStop.sleep.seconds ?? 0) * 1000
        assert.ok(preStopMs >= 2_000, name) // every node has heard of it by then
        const graceMs = pod.spec.terminationGracePeriodSeconds * 1000
        assert.ok(graceMs >= preStopMs + CLOSE_WITHIN_MS + GRACE_TO_SPARE_MS, name)
      }
    })

    test(`${overlay}: every service has a budget, policies both ways, and is spread over nodes and zones`, () => {
      for (const { name, pod } of deployments) {
        const { labels } = pod.metadata
        const budgets = named('PodDisruptionBudget').filter((one) =>
          matches(Selecting.parse(one).spec.selector.matchLabels, labels),
        )
        assert.equal(budgets.length, 1, name)
        const policies = named('NetworkPolicy').flatMap((one) => {
          const own = Policy.safeParse(one)
          const selector = own.data?.spec.podSelector.matchLabels ?? {}
          return 'app.kubernetes.io/name' in selector && matches(selector, labels) ? [own.data] : []
        })
        const types = policies.flatMap((policy) => policy?.spec.policyTypes ?? [])
        assert.deepEqual(types.toSorted(), ['Egress', 'Ingress'], name)
        const spread = pod.spec.topologySpreadConstraints
        assert.deepEqual(
          spread.map(({ topologyKey }) => topologyKey),
          ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'],
          name,
        )
      }
      const denial = named('NetworkPolicy').find(({ metadata }) => metadata.name === 'deny-all')
      assert.deepEqual(denial?.spec, { podSelector: {}, policyTypes: ['Ingress', 'Egress'] })
    })

    test(`${overlay}: a command names a program that its image has`, () => {
      const commands = workloads.flatMap(({ name, pod }) =>
        [...pod.spec.initContainers, ...pod.spec.containers]
          .filter(({ command }) => command[0] === 'node')
          .map(({ image, command }) => ({ name, image, command })),
      )
      assert.ok(commands.length >= 7)
      for (const { name, image, command } of commands) {
        const service = readService(/flashsale\/(\w+):/.exec(image)?.[1])
        const program = command.find((one) => one.endsWith('.js'))?.replace('.js', '') ?? 'none'
        assert.ok(program in programsOf(service), `${name}: ${program}`)
      }
    })

    test(`${overlay}: what needs a database waits for the job that migrates it, of the same image`, () => {
      const jobs = workloads.filter(({ name }) => name.startsWith('migrate-'))
      assert.deepEqual(
        jobs.map(({ name }) => name.split('-')[1]),
        ['inventory', 'order', 'payment'],
      )
      for (const { name, pod } of jobs) {
        const [, service] = name.split('-')
        const waiting = deployments.find((one) => one.name === service)?.pod.spec
        const [first] = waiting?.initContainers ?? []
        assert.deepEqual(first?.command.slice(-2), ['migrate.js', '--wait'], name)
        const image = pod.spec.containers[0]?.image
        assert.equal(first?.image, image, name)
        assert.equal(waiting?.containers[0]?.image, image, name)
        const version = image?.split(':').at(-1) ?? 'none'
        assert.ok(name.endsWith(`-${version.replaceAll('.', '-')}`), name)
      }
    })
  }
}
