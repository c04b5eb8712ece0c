import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { z } from 'zod'
import { readConfig as readOrder } from '../../../services/order/src/config.ts'
import { readConfig as readPayment } from '../../../services/payment/src/config.ts'
import { root } from '../../src/checkout.ts'
import { readConfigs } from '../../src/k8s/configs.ts'
import { environmentOf } from '../../src/k8s/environment.ts'
import { canRender, everyOverlay, ofOverlay, workloadsOf } from './manifests.ts'
import { withSecrets } from './secrets.ts'

const Settings = z.object({ data: z.record(z.string(), z.string()) })
const SECRET_NAME = /SECRET|PASSWORD|TOKEN|CREDENTIAL|PRIVATE/
const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true })

if (canRender()) {
  for (const { overlay, documents } of everyOverlay()) {
    const settings = documents.filter(({ kind }) => kind === 'ConfigMap')
    const pairs = settings
      .filter(({ metadata }) => !metadata.name.startsWith('make-databases'))
      .flatMap((one) => Object.entries(Settings.parse(one).data))

    test(`${overlay}: every service reads its settings, and knows each of them`, () => {
      const asked = new Set<string>()
      const configs = readConfigs(withSecrets(documents), (env) => listening(env, asked))
      assert.deepEqual(Object.keys(configs), ['gateway', 'inventory', 'order', 'payment'])
      for (const { host, port } of Object.values(configs)) {
        assert.deepEqual([host, port], ['0.0.0.0', 8080])
      }
      const others = ['BANK_JOURNAL', 'BANK_PUBLIC_URL'] // the bank's
      const prewarm = ['GATEWAY_URL', 'LEAD_SECONDS', 'KEEP_SECONDS']
      const unknown = pairs.map(([key]) => key).filter((key) => !asked.has(key))
      assert.deepEqual(
        unknown.filter((key) => ![...others, ...prewarm].includes(key)),
        [],
      )
    })

    test(`${overlay}: no secret is in a file`, () => {
      assert.deepEqual(
        documents.filter(({ kind }) => kind === 'Secret'),
        [],
      )
      for (const [key, value] of pairs) {
        assert.doesNotMatch(key, SECRET_NAME)
        assert.doesNotMatch(value, /\/\/[^/@]*:[^/@]*@/, key) // credentials in a URL
      }
    })

    test(`${overlay}: every image has a version, and those of others the one that compose tries`, () => {
      const images = workloadsOf(documents).flatMap(({ pod }) =>
        [...pod.spec.initContainers, ...pod.spec.containers].map(({ image }) => image),
      )
      for (const image of images) assert.match(image, /:\d+(\.\d+)*(-[a-z0-9.]+)?$/)
      for (const name of ['postgres', 'redis', 'kafka']) {
        const tried = compose.services[name].image.replace(/^\$\{\w+:-(.*)\}$/, '$1')
        const ours = images.filter((image) => image.split(':')[0] === tried.split(':')[0])
        assert.deepEqual(ours, overlay === 'local' ? [tried] : [], name)
      }
    })
  }
}

/** Notes what is asked of it. */
function listening(env: Record<string, string>, asked: Set<string>) {
  return new Proxy(env, {
    get(target, key) {
      asked.add(String(key))
      return Reflect.get(target, key)
    },
  })
}

if (canRender()) {
  test('canary: the gateways know order and payment of another version, which leave events alone', () => {
    const documents = withSecrets(ofOverlay('canary'))
    const { canaryUrls, orderUrl } = readConfigs(documents).gateway
    const twice = (name: string) => `http://${name}:8080,http://${name}:8080`
    assert.equal(orderUrl, twice('order'))
    assert.deepEqual(canaryUrls, {
      inventory: undefined,
      order: twice('order-canary'),
      payment: twice('payment-canary'),
    })
    const order = readOrder(environmentOf(documents, 'order-canary'))
    const payment = readPayment(environmentOf(documents, 'payment-canary'))
    assert.deepEqual([order.hasBackground, payment.hasBackground], [false, false])
    assert.equal(readConfigs(documents).order.hasBackground, true)
  })
}

test('versions of images are in components/versions alone, but for the one that a canary tries', () => {
  const tagged = globSync('k8s/**/*.yaml', { cwd: root }).filter((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    return /newTag:|digest:|image: *\S+:\d/.test(text)
  })
  assert.deepEqual(tagged.toSorted(), [
    'k8s/components/canary/kustomization.yaml',
    'k8s/components/versions/kustomization.yaml',
  ])
})

test('the databases of the cluster are made as those of compose', () => {
  const [ours, compose] = ['k8s/components/stores', 'infra/postgres'].map((folder) =>
    readFileSync(join(root, folder, 'make-databases.sh'), 'utf8'),
  )
  assert.equal(ours, compose)
})
