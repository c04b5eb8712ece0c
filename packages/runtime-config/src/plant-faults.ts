import type { Faults, PlannedFault } from '@flashsale/contracts/http/runtime-config.ts'
import type { App } from '@flashsale/service-kit/app.ts'
import { sendProblem } from '@flashsale/service-kit/problem.ts'
import { sleep } from '@flashsale/service-kit/wait.ts'
import type { RuntimeConfig } from './runtime-config.ts'

const SPARED = ['/internal/config', '/healthz', '/readyz', '/metrics'] // else nobody could take it back

type Options = {
  /** FAULTS_ALLOWED: a process that was started without it takes no orders of this kind. */
  allowed: boolean
  service: keyof Faults
  instance: string
  config: RuntimeConfig
}

/** Delays or fails a share of this service's answers, as the configuration says, before anything is done. */
export function plantFaults(app: App, { allowed, service, instance, config }: Options): void {
  if (!allowed) return
  app.log.warn({ service }, 'faults may be planted here')
  app.addHook('onRequest', async (request, reply) => {
    const fault = config.current().faults[service]
    if (!fault || !isMeant(fault, instance)) return
    if (SPARED.some((path) => request.url.startsWith(path))) return
    if (fault.delayMs > 0 && Math.random() < fault.delayedShare) await sleep(fault.delayMs)
    if (Math.random() < fault.failedShare) return sendProblem(reply, 'internal')
  })
}

const isMeant = (fault: PlannedFault, instance: string) =>
  fault.instance === undefined || fault.instance === instance
