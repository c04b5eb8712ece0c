import type { Step } from '../steps.ts'
import { applyAll } from './apply.ts'

const ZONES = ['zone-a', 'zone-b']
const NODES_A_ZONE = 2
const CLAIMS = [
  ['data-postgres-0', '10Gi'],
  ['data-redis-0', '2Gi'],
  ['data-kafka-0', '10Gi'],
  ['data-bank-0', '1Gi'],
] as const

/** Machines as kwok plays them, in two zones, and a disk for each claim of the local stores. */
export const addNodes: Step = {
  what: 'four nodes in two zones are Ready',
  async run({ kubectl }) {
    const nodes = ZONES.flatMap((zone) =>
      Array.from({ length: NODES_A_ZONE }, (_, i) => nodeOf(`${zone}-${i + 1}`, zone)),
    )
    await applyAll(kubectl, [...nodes, ...CLAIMS.map(([claim, size]) => volumeOf(claim, size))])
    await kubectl.done(['wait', '--for=condition=ready', '--timeout=60s', 'node', '--all'])
    return { nodes: nodes.length }
  },
}

const nodeOf = (name: string, zone: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name,
    labels: {
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': 'linux',
      'topology.kubernetes.io/zone': zone,
    },
    annotations: { 'kwok.x-k8s.io/node': 'fake' },
  },
})

const volumeOf = (claim: string, storage: string) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: claim },
  spec: {
    capacity: { storage },
    accessModes: ['ReadWriteOnce'],
    persistentVolumeReclaimPolicy: 'Retain',
    claimRef: { namespace: 'flashsale', name: claim },
    hostPath: { path: `/nowhere/${claim}` },
  },
})
