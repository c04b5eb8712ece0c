import { openStack } from './stack.ts'
import { stopOnSignals } from './stop-on-signals.ts'

// What `./dev up` leaves running: the supervisor of one state folder, until it gets a signal.
const [stateDir = '', portBase] = process.argv.slice(2)
const stack = await openStack({ stateDir, portBase: Number(portBase) })
stopOnSignals(stack.stop)
