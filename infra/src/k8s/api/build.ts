import { join } from 'node:path'
import { root } from '../../checkout.ts'
import { findOrInstall, type Tool } from '../../parts/tools.ts'
import { cachedFolder } from '../../parts/tools-folder.ts'
import { go } from '../go.ts'
import { kubernetes } from '../modules.ts'

const BUILD_TIMEOUT_MS = 3 * 3_600_000 // an hour and more on one slow core
const names = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const

const etcd: Tool = {
  name: 'etcd',
  aptPackages: ['etcd-server'],
  brew: 'etcd',
  instead: 'leave --api out',
  fallback: {
    what: 'nothing',
    kept: () => undefined,
    whyNot: () => 'no other registry has it',
    fetch: () => '',
  },
}
export const findEtcd = () => findOrInstall(etcd)

/** Kubernetes' own programs, of the module in infra/kubernetes; built once, which takes long. */
export function controlPlanePrograms(): Record<(typeof names)[number], string> {
  const version = `v${kubernetes.version.slice(1)}`
  const folder = cachedFolder(`kubernetes-${version}`, (unfinished) => {
    const packages = names.map((name) => `k8s.io/kubernetes/cmd/${name}`)
    console.error(`building ${names.join(', ')} ${version}: this takes many minutes, once`)
    go(['build', '-trimpath', '-ldflags', linkerFlags(version), '-o', unfinished, ...packages], {
      cwd: join(root, 'infra/kubernetes'),
      timeoutMs: BUILD_TIMEOUT_MS,
    })
  })
  return Object.fromEntries(names.map((name) => [name, join(folder, name)])) as never
}

/** What they say of themselves: kubectl asks for it. */
function linkerFlags(version: string): string {
  const [major, minor] = version.slice(1).split('.')
  const said = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' }
  const flags = Object.entries(said).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
  )
  return `-s -w ${flags.join(' ')}`
}
