import { globSync } from 'node:fs'
import { join } from 'node:path'
import { PlainError } from '../../plain-error.ts'
import { moduleFolder } from '../go.ts'
import { kwok } from '../modules.ts'

export const HOST = '127.0.0.1'
const SERVICE_IPS = '10.0.0.0/24'
// Nodes and pods that do as a kubelet would, in an instant: kwok's own description of it.
const STAGES = 'kustomize/stage/{node/{fast,heartbeat-with-lease},pod/fast}/*.yaml'

type Ports = {
  etcd: number
  peer: number
  api: number
  controllers: number
  scheduler: number
  kwok: number
}
type Files = { tokens: string; serviceAccountKey: string; certificates: string }

export const etcdArgs = (folder: string, { etcd, peer }: Ports) => [
  `--data-dir=${join(folder, 'etcd')}`,
  `--listen-client-urls=http://${HOST}:${etcd}`,
  `--advertise-client-urls=http://${HOST}:${etcd}`,
  `--listen-peer-urls=http://${HOST}:${peer}`,
  `--initial-advertise-peer-urls=http://${HOST}:${peer}`,
  `--initial-cluster=default=http://${HOST}:${peer}`,
  '--unsafe-no-fsync',
]

export const apiArgs = (ports: Ports, files: Files) => [
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

export const controllerArgs = (config: string, ports: Ports, files: Files) => [
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

export const schedulerArgs = (config: string, ports: Ports, files: Files) => [
  `--kubeconfig=${config}`,
  '--leader-elect=false',
  `--secure-port=${ports.scheduler}`,
  `--bind-address=${HOST}`,
  `--cert-dir=${files.certificates}`,
]

export function kwokArgs(config: string, { kwok: port }: Ports): string[] {
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
