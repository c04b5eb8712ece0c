import { tell } from '../kafka.ts'
import { openReturns, type Return, recordEntries } from '../ledger.ts'
import { acknowledge, giveBack } from '../redis-stock.ts'
import { type Step, type World, type Writer, work } from '../world.ts'

/** Inventory’s writers, from the stream into the ledger, and its returners, the other way (R6). */
export function stockSteps(world: World): Step[] {
  return [
    ...world.writers.flatMap((writer, i) => writerSteps(world, writer, i)),
    ...world.returners.flatMap((_, i) => returnerSteps(world, i)),
    ...unrecordedSteps(world),
  ]
}

function writerSteps(world: World, writer: Writer, i: number): Step[] {
  const { redis, ledger, writers, off, random } = world
  const name = (what: string) => `writer ${i + 1} ${what}`
  if (!writer) {
    const { stream } = redis.memory
    if (stream.length === 0) return []
    const read = () => {
      const entries = stream.slice(0, random.between(1, stream.length))
      if (off.has('R1b')) acknowledge(redis, entries, off)
      writers[i] = { entries, isCommitted: false }
    }
    return [work(world, 'writers', name('reads'), read)]
  }
  const { entries } = writer
  const of = entries.map(({ order }) => `o${order}`).join(' ')
  const killed: Step = {
    kind: 'fault',
    crash: writer.isCommitted ? 'ledger commit, no acknowledgement' : 'read, not recorded',
    name: name(`ends with ${of}`),
    run: () => {
      writers[i] = undefined
    },
  }
  const commit = () => {
    for (const { type, order } of recordEntries(ledger, entries, off)) {
      tell(world.kafka, 'inventory', type, order)
    }
    writers[i] = off.has('R1b') ? undefined : { entries, isCommitted: true }
  }
  const ack = () => {
    acknowledge(redis, entries, off)
    writers[i] = undefined
  }
  const next = writer.isCommitted
    ? work(world, 'writers', name(`acknowledges ${of}`), ack)
    : work(world, 'writers', name(`commits ${of}`), commit)
  return [next, killed]
}

function returnerSteps(world: World, i: number): Step[] {
  const { redis, ledger, returners, off } = world
  const now = returners[i]
  const name = (what: string) => `returner ${i + 1} ${what}`
  if (!now) {
    const taken = new Set(returners.map((one) => one?.row))
    const open = openReturns(ledger).filter((row) => !taken.has(row))
    if (!canReturn(world)) return []
    return open.map((row) => {
      const read = () => {
        returners[i] = { row, epoch: ledger.epoch, isBack: false }
      }
      return work(world, 'returners', name(`reads u${row.unit} of o${row.order}`), read)
    })
  }
  const { row, epoch, isBack } = now
  const killed: Step = {
    kind: 'fault',
    crash: 'released, units not back',
    name: name('ends'),
    run: () => {
      returners[i] = undefined
    },
  }
  const script = () => {
    const { kind } = giveBack(redis, { ...row, epoch, held: [row] }, off)
    returners[i] = kind === 'returned' ? { ...now, isBack: true } : undefined
  }
  const mark = () => {
    row.done = true
    returners[i] = undefined
  }
  const next = isBack
    ? work(world, 'returners', name(`marks u${row.unit} of o${row.order}`), mark)
    : work(world, 'returners', name(`gives back u${row.unit} of o${row.order}`), script)
  return [next, killed]
}

/** Else the row waits (R7). */
function canReturn({ redis, ledger, off }: World): boolean {
  if (off.has('R7')) return redis.memory.epoch > 0
  return redis.memory.runId === redis.runId && redis.memory.epoch === ledger.epoch
}

/** Only with R6b switched off: a return that is in somebody’s memory. */
function unrecordedSteps(world: World): Step[] {
  const { unrecorded, redis, ledger, off } = world
  return unrecorded.flatMap((row: Return): Step[] => {
    const forget = () => void unrecorded.splice(unrecorded.indexOf(row), 1)
    const back = () => {
      giveBack(redis, { ...row, epoch: ledger.epoch, held: [row] }, off)
      forget()
    }
    return [
      work(world, 'returners', `u${row.unit} of o${row.order} goes back`, back),
      {
        kind: 'fault',
        crash: 'released, units not back',
        name: `u${row.unit} of o${row.order} is forgotten`,
        run: forget,
      },
    ]
  })
}
