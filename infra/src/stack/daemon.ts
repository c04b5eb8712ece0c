import { openStack } from './stack.ts'
import type { PartName } from './stack-parts.ts'
import { stopOnSignals } from './stop-on-signals.ts'

// What `./dev up` leaves running: the supervisor of one state folder, until it gets a signal.
const [stateDir = '', portBase, scale = '{}', ...named] = process.argv.slice(2)
const parts = named as PartName[]
const stack = openStack({ stateDir, portBase: Number(portBase), scale: JSON.parse(scale), parts })
stopOnSignals(async () => (await stack).stop())
await stack
