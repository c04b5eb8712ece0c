type Ports = { port: number; controllerPort: number }

/** What a broker writes with one copy dead, and no fewer. */
const inSyncMin = (brokers: number) => Math.max(1, brokers - 1)

export function kafkaProperties(log: string, index: number, cluster: Ports[]): string {
  const { port, controllerPort } = cluster[index] as Ports
  const copies = cluster.length
  const voters = cluster.map((ports, voter) => `${voter + 1}@127.0.0.1:${ports.controllerPort}`)
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': index + 1,
    'controller.quorum.voters': voters.join(','),
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': log,
    'num.partitions': 6,
    'default.replication.factor': copies,
    'min.insync.replicas': inSyncMin(copies),
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': 3,
    // Short logs of offsets: one that takes long to load after a kill may be loaded again and again,
    // and its groups wait. See docs/runbooks/services.md.
    'offsets.topic.segment.bytes': 1_048_576,
    'log.cleaner.min.cleanable.ratio': 0.1,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': inSyncMin(copies),
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': inSyncMin(copies),
    'share.coordinator.state.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    'auto.create.topics.enable': false,
    'log.cleaner.dedupe.buffer.size': 4_194_304,
    'log.segment.bytes': 67_108_864,
    'broker.session.timeout.ms': 3_000, // a killed broker may register again after this long
    'broker.heartbeat.interval.ms': 500,
    'controlled.shutdown.enable': false, // all stop at once: there is nobody to hand anything to
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
