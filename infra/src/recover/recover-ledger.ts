import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  type OpenMatter,
  type Report,
  type WonBack,
  weights,
} from '@flashsale/service-kit/recovery.ts'
import { root } from '../checkout.ts'
import { PlainError } from '../plain-error.ts'

/** In this order: units, orders, money. Each reads what the others have told, not what they do now. */
export const recovering = ['inventory', 'order', 'payment'] as const
type Service = (typeof recovering)[number]
type Verb = 'hold' | 'win-back' | 'accept'
export type Environments = Record<Service, NodeJS.ProcessEnv>

export type Recovery = {
  wonBack: (WonBack & { service: string })[]
  /** What a person has to look at, money first. */
  open: (OpenMatter & { service: string })[]
  seconds: number
}

type Tell = (line: string) => void

/**
 * Holds all services first; wins back what each has lost; and lets them go on only when that worked
 * for all of them. Ended anywhere, they stay held, and it is run again from its start (R18).
 */
export async function recoverLedger(envs: Environments, tell: Tell): Promise<Recovery> {
  const startedAt = performance.now()
  const step = (service: Service, verb: Verb) => runStep(service, verb, envs[service], tell)
  for (const service of recovering) await step(service, 'hold')
  tell('all services are held')
  const reports: Report[] = []
  for (const service of recovering) reports.push(await step(service, 'win-back'))
  for (const service of recovering) await step(service, 'accept')
  tell('the services go on')
  return {
    wonBack: reports.flatMap(({ service, wonBack }) => wonBack.map((w) => ({ service, ...w }))),
    open: reports
      .flatMap(({ service, open }) => open.map((matter) => ({ service, ...matter })))
      .sort((a, b) => weights.indexOf(a.weight) - weights.indexOf(b.weight)),
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
  }
}

/** A service's own program, with its own environment: what an operator runs by hand elsewhere. */
async function runStep(service: Service, verb: Verb, env: NodeJS.ProcessEnv, tell: Tell) {
  const file = join(root, 'services', service, 'src/recover/main.ts')
  const args = [file, verb]
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const last: string[] = []
  createInterface(child.stderr).on('line', (line) => {
    last.push(line)
    last.splice(0, last.length - 20)
    if (line.startsWith(`${service}: `)) tell(line)
  })
  const output: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) {
    const why = `${service} could not ${verb}, nothing was let go on: mend it and run this again`
    throw new PlainError(`${why}\n${last.join('\n')}`)
  }
  return JSON.parse(output.join('')) as Report
}
