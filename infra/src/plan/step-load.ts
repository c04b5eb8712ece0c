/** What one step asks of the system, all of it a second. */
export type StepLoad = {
  name: string
  accepted: number
  refused: number
  payments: number
  /** The ledger takes nothing meanwhile: the road behind is a step of its own, after it. */
  ledgerWaits?: true
  /** Nothing of it is measured. */
  warmsUp?: true
  /** Not fitted: what the fit foretells is compared with it. */
  heldOut?: true
}
export type StepSizes = {
  warmUpMs: number
  warmUps: readonly StepLoad[]
  idleMs: number
  spanMs: number
  /** Each step so often, one round after the other: the machine's speed changes by the minute. */
  rounds: number
  connections: number
  loads: readonly StepLoad[]
  /** Of the answers, those of another kind: with more of them the step is not what it says. */
  othersMaxShare: number
  memory: { tokens: number; connections: number }
}

const load = (
  name: string,
  [accepted, refused, payments]: readonly [number, number, number],
): StepLoad => ({ name, accepted, refused, payments })

/** Below what this machine can do: waiting for CPU costs CPU. Each work at two rates or more, alone and beside others: else none could be told from the rest. */
export const wholeSteps: StepSizes = {
  warmUpMs: 8_000,
  warmUps: [
    { ...load('warming up', [1_000, 1_000, 0]), warmsUp: true },
    { ...load('warming up', [300, 0, 100]), warmsUp: true },
  ],
  idleMs: 4_000,
  spanMs: 4_000,
  rounds: 3,
  connections: 512,
  loads: [
    load('accepted', [500, 0, 0]),
    load('accepted', [1_500, 0, 0]),
    load('refused', [0, 2_000, 0]),
    load('refused', [0, 5_000, 0]),
    { ...load('accepted, the ledger waits', [2_000, 0, 0]), ledgerWaits: true },
    load('paid', [0, 0, 50]),
    load('paid', [0, 0, 120]),
    load('accepted and refused', [600, 2_000, 0]),
    { ...load('all of it, held out', [400, 1_000, 40]), heldOut: true },
    load('accepted and paid', [250, 0, 80]),
    load('all of it', [600, 800, 30]),
    load('refused', [0, 4_000, 0]),
  ],
  othersMaxShare: 0.01,
  memory: { tokens: 80_000, connections: 2_000 },
}
