import { tell } from '../kafka.ts'
import { recordEntries, snapshotOf } from '../ledger.ts'
import { install, refuse } from '../redis-stock.ts'
import { type Rebuild, type Step, type World, work } from '../world.ts'

/**
 * R3, step by step: Redis refuses, what its stream has is drained, the ledger’s epoch is raised, the
 * snapshot is read behind it, and the switch. Two may be at it: the lock that parts them is a help only.
 */
export function rebuildSteps(world: World): Step[] {
  return world.rebuilds.flatMap((rebuild, i) =>
    rebuild ? [...next(world, rebuild, i), killed(world, i)] : begin(world, i),
  )
}

function begin(world: World, i: number): Step[] {
  const { redis, ledger, rebuilds } = world
  const { memory } = redis
  const isWell = memory.runId === redis.runId && memory.epoch === ledger.epoch
  const forgot = memory.runId !== redis.runId && !world.off.has('R1')
  const isNeeded = ledger.heldBack || (!isWell && (forgot || memory.epoch < ledger.epoch))
  if (!isNeeded || memory.epoch > ledger.epoch) return []
  const isSecond = rebuilds.some((one) => one !== undefined)
  const name = `rebuild ${i + 1} begins: Redis refuses`
  const run = () => {
    const mark = ++world.rebuildsBegun
    refuse(redis, ledger.epoch, mark)
    rebuilds[i] = { step: 'refused', from: ledger.epoch, runId: redis.runId, mark }
  }
  return [
    isSecond
      ? { kind: 'fault', crash: 'two rebuilds at once', name, run }
      : work(world, 'rebuilds', name, run),
  ]
}

function next(world: World, now: Rebuild, i: number): Step[] {
  const { redis, ledger, rebuilds, off } = world
  const does = (what: string, run: () => void): Step[] => [
    work(world, 'rebuilds', `rebuild ${i + 1} ${what}`, run),
  ]
  const { runId, mark } = now
  const go = (to: Rebuild | undefined) => {
    rebuilds[i] = to
  }
  switch (now.step) {
    case 'refused':
      if (off.has('R3')) return does('reads too early', () => go(readEarly(world, now)))
      return does('drains the stream', () => {
        for (const { type, order } of recordEntries(ledger, redis.memory.stream, off)) {
          tell(world.kafka, 'inventory', type, order)
        }
        go({ ...now, step: 'drained' })
      })
    case 'drained':
      return does('raises the epoch', () => {
        if (ledger.epoch !== now.from) return go(undefined) // another one has
        raise(world)
        go({ step: 'raised', epoch: ledger.epoch, runId, mark })
      })
    case 'raised':
      return does('reads the ledger', () =>
        go({ ...now, step: 'read', snapshot: snapshotOf(ledger, off) }),
      )
    case 'read':
      return does('switches', () => {
        if (off.has('R3')) raise(world)
        if (ledger.epoch === now.epoch) install(redis, now)
        go(undefined)
      })
  }
}

function raise({ ledger }: World): void {
  ledger.epoch++
  ledger.heldBack = false
}

/** With R3 switched off: the snapshot first, the epoch with the switch, and nothing is drained. */
function readEarly({ ledger, off }: World, { runId, mark }: Rebuild): Rebuild {
  return { step: 'read', epoch: ledger.epoch + 1, runId, mark, snapshot: snapshotOf(ledger, off) }
}

function killed(world: World, i: number): Step {
  return {
    kind: 'fault',
    crash: 'rebuild stopped half-way',
    name: `rebuild ${i + 1} ends half-way`,
    run: () => {
      world.rebuilds[i] = undefined
    },
  }
}
