import { openStack } from './stack.ts'
import { stopOnSignals } from './stop-on-signals.ts'

// What `./dev up` leaves running: the supervisor of one state folder, until it gets a signal.
const [stateDir = '', portBase, scale = '{}'] = process.argv.slice(2)
const stack = openStack({ stateDir, portBase: Number(portBase), scale: JSON.parse(scale) })
stopOnSignals(async () => (await stack).stop())
await stack
