import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PlainError } from '../../plain-error.ts'
import { freePorts } from '../../stack/ports.ts'
import { waitUntil } from '../../wait-until.ts'
import { goProgram } from '../go.ts'
import { kwok } from '../modules.ts'
import { apiArgs, controllerArgs, etcdArgs, HOST, kwokArgs, schedulerArgs } from './arguments.ts'
import { controlPlanePrograms, findEtcd } from './build.ts'
import { createKubectl, type Kubectl } from './kubectl.ts'
import { createProcesses } from './processes.ts'

const READY_WITHIN_MS = 180_000
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
    const scheduling = schedulerArgs(config, ports, files)
    processes.start('kube-scheduler', programs['kube-scheduler'], scheduling)
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
