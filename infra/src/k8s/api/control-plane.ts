import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PlainError } from '../../plain-error.ts'
import { freePorts } from '../../stack/ports.ts'
import { waitUntil } from '../../wait-until.ts'
import { goProgram, moduleFolder } from '../go.ts'
import { kwok } from '../modules.ts'
import { controlPlanePrograms, findEtcd } from './build.ts'
import { createKubectl, type Kubectl } from './kubectl.ts'
import { createProcesses } from './processes.ts'

const READY_WITHIN_MS = 180_000
const HOST = '127.0.0.1'
const SERVICE_IPS = '10.0.0.0/24'
// Nodes and pods that do as a kubelet would, in an instant: kwok's own description of it.
const STAGES = 'kustomize/stage/{node/{fast,heartbeat-with-lease},pod/fast}/*.yaml'

export type ControlPlane = {
  kubectl: Kubectl
  host: string
  port: number
  certificateFile: string
  end(): Promise<void>
}

/** etcd, Kubernetes' API server, controllers and scheduler, and kwok in place of machines. Loopback only. */
export async function startControlPlane(folder: string): Promise<ControlPlane> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const files = writeFiles(folder)
  const ports = await ownPorts()
  const config = writeKubeconfig(folder, ports.api, files.token)
  const kubectl = createKubectl(config)
  const processes = createProcesses(join(folder, 'logs'))
  try {
    const programs = controlPlanePrograms()
    processes.start('etcd', findEtcd(), etcdArgs(folder, ports))
    processes.start('kube-apiserver', programs['kube-apiserver'], apiArgs(ports, files))
    await ready(() => kubectl.isReady(), processes)
    processes.start(
      'kube-controller-manager',
      programs['kube-controller-manager'],
      controllerArgs(config, ports, files),
    )
    processes.start('kube-scheduler', programs['kube-scheduler'], [
      `--kubeconfig=${config}`,
      '--leader-elect=false',
      `--secure-port=${ports.scheduler}`,
      `--bind-address=${HOST}`,
      `--cert-dir=${files.certificates}`,
    ])
    processes.start('kwok', goProgram(kwok, 'cmd/kwok'), kwokArgs(config, ports))
  } catch (error) {
    await processes.end()
    throw error
  }
  const certificateFile = join(files.certificates, 'apiserver.crt')
  return { kubectl, host: HOST, port: ports.api, certificateFile, end: processes.end }
}

async function ownPorts() {
  const [etcd = 0, peer = 0, api = 0, controllers = 0, scheduler = 0, kwok = 0] = Object.values(
    await freePorts(),
  )
  return { etcd, peer, api, controllers, scheduler, kwok }
}
type Ports = Awaited<ReturnType<typeof ownPorts>>

function writeFiles(folder: string) {
  const write = (name: string, text: string) => {
    const file = join(folder, name)
    writeFileSync(file, text, { mode: 0o600 })
    return file
  }
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })
  const token = randomBytes(32).toString('hex')
  return {
    token,
    tokens: write('tokens.csv', `${token},operator,operator,system:masters\n`),
    serviceAccountKey: write('service-account.key', privateKey),
    certificates: join(folder, 'certificates'),
  }
}
type Files = ReturnType<typeof writeFiles>

function writeKubeconfig(folder: string, port: number, token: string): string {
  const file = join(folder, 'kubeconfig')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'own',
    contexts: [{ name: 'own', context: { cluster: 'own', user: 'operator' } }],
    clusters: [
      {
        name: 'own',
        cluster: { server: `https://${HOST}:${port}`, 'insecure-skip-tls-verify': true },
      },
    ],
    users: [{ name: 'operator', user: { token } }],
  }
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 })
  return file
}

const etcdArgs = (folder: string, { etcd, peer }: Ports) => [
  `--data-dir=${join(folder, 'etcd')}`,
  `--listen-client-urls=http://${HOST}:${etcd}`,
  `--advertise-client-urls=http://${HOST}:${etcd}`,
  `--listen-peer-urls=http://${HOST}:${peer}`,
  `--initial-advertise-peer-urls=http://${HOST}:${peer}`,
  `--initial-cluster=default=http://${HOST}:${peer}`,
  '--unsafe-no-fsync',
]

const apiArgs = (ports: Ports, files: Files) => [
  `--etcd-servers=http://${HOST}:${ports.etcd}`,
  `--bind-address=${HOST}`,
  `--secure-port=${ports.api}`,
  `--cert-dir=${files.certificates}`,
  `--token-auth-file=${files.tokens}`,
  `--service-cluster-ip-range=${SERVICE_IPS}`,
  `--service-account-issuer=https://${HOST}:${ports.api}`,
  `--service-account-key-file=${files.serviceAccountKey}`,
  `--service-account-signing-key-file=${files.serviceAccountKey}`,
  '--authorization-mode=RBAC',
  '--endpoint-reconciler-type=none', // it has no address that a pod could reach
  '--watch-cache=false', // it counts on what etcd tells from 3.4.25 on; packages have 3.4.23
  '--profiling=false',
]

const controllerArgs = (config: string, ports: Ports, files: Files) => [
  `--kubeconfig=${config}`,
  '--leader-elect=false',
  `--secure-port=${ports.controllers}`,
  `--bind-address=${HOST}`,
  `--cert-dir=${files.certificates}`,
  `--service-account-private-key-file=${files.serviceAccountKey}`,
  `--root-ca-file=${join(files.certificates, 'apiserver.crt')}`,
  '--use-service-account-credentials',
  '--horizontal-pod-autoscaler-sync-period=2s',
]

function kwokArgs(config: string, { kwok: port }: Ports): string[] {
  const folder = moduleFolder(kwok)
  const stages = globSync(STAGES, { cwd: folder })
    .filter((file) => !file.endsWith('/kustomization.yaml'))
    .sort()
  if (stages.length === 0) throw new PlainError(`kwok ${kwok.version} has no ${STAGES}`)
  return [
    `--kubeconfig=${config}`,
    '--manage-all-nodes=true',
    `--server-address=${HOST}:${port}`,
    '--node-lease-duration-seconds=40',
    ...stages.map((file) => `--config=${join(folder, file)}`),
  ]
}

async function ready(isReady: () => Promise<boolean>, processes: { died(): string | undefined }) {
  await waitUntil(
    'the API server',
    () => {
      const name = processes.died()
      if (name) throw new PlainError(`${name} ended by itself: its log says why`)
      return isReady()
    },
    READY_WITHIN_MS,
  )
}
