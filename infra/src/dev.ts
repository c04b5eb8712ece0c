import { PlainError, UsageError } from './plain-error.ts'

type Command = (args: string[]) => Promise<number>
type Entry = { usage: string; summary: string; load: () => Promise<Command> }

const commands: Record<string, Entry> = {
  demo: {
    usage: '[--stock N] [--buyers N] [--seed S] [--json FILE]',
    summary: 'one whole sale from empty, then its audit',
    // A name kept from the compiler until the file is there.
    load: async () => (await import(new URL('./demo/main.ts', import.meta.url).href)).demo,
  },
  drill: {
    usage: '[--minutes M] [--only NAME] [--seed S] [--rate N] [--json FILE] [--all] [--list]',
    summary: 'sale after sale under load while every part is killed, frozen and cut off',
    load: async () => (await import('./drill/main.ts')).drill,
  },
  simulate: {
    usage: '[--sales N] [--seed S] [--minutes M] [--without RULE|each] [--json FILE]',
    summary: 'sales from seeds, each effect a step, everything killed between any two; no servers',
    load: async () => (await import('./simulate/main.ts')).simulate,
  },
  rude: {
    usage: '[--minutes M] [--rate N] [--json FILE]',
    summary: 'slow and rude clients of every kind beside ordinary buyers: does anything leak',
    load: async () => (await import('./rude/main.ts')).rude,
  },
  canary: {
    usage: '[--rate N] [--seed S] [--json FILE]',
    summary: 'two releases beside each other: the split of calls, and bad ones rolled back',
    load: async () => (await import('./canary/main.ts')).canary,
  },
  bench: {
    usage: '[--quick] [--json FILE] [--only PART,…]',
    summary: 'the hot path beside a bare web server, paired; and the road behind it',
    load: async () => (await import('./bench/main.ts')).bench,
  },
  soak: {
    usage: '[--minutes M] [--kills] [--rate N] [--seed S] [--json FILE] [--svg FILE]',
    summary: 'half load for half an hour: what grows; with --kills: the share answered in time',
    load: async () => (await import('./soak/main.ts')).soak,
  },
  targets: {
    usage: '[--only rates,scale] [--json FILE]',
    summary:
      'what was aimed at, a row each: latencies at 10,000 attempts/s, two gateways beside one',
    load: async () => (await import('./targets/main.ts')).targets,
  },
  plan: {
    usage: '--target RATE --buyers N --stock N [--json FILE] [--headroom 60%] …',
    summary:
      'step load here, what each attempt, order and payment costs, and what a sale then needs',
    load: async () => (await import('./plan/main.ts')).plan,
  },
  k6: {
    usage:
      'SCRIPT [--peak N] [--seconds S] [--stock N] [--url U [--told FILE]] [--json FILE] [--html FILE] [--build]',
    summary: 'a k6 load test, then its books: smoke, spike, soak, breakpoint, payments',
    load: async () => (await import('./k6/main.ts')).k6,
  },
  overload: {
    usage: '[--connections N] [--json FILE]',
    summary: 'three times what a gateway can do, offered to one with a quarter of a core',
    load: async () => (await import('./overload/main.ts')).overload,
  },
  test: {
    usage: '[NAME] [--parts oldest]',
    summary:
      'every test, on real Postgres, Redis and Kafka; NAME is a package or part of a file name',
    load: async () => (await import('./commands/test.ts')).test,
  },
  check: {
    usage: '',
    summary: 'types, lint, format, structure rules',
    load: async () => (await import('./commands/check.ts')).check,
  },
  up: {
    usage: '[--fresh] [--wait] [--scale NAME=N] [--traces]',
    summary: 'start the system in the background',
    load: async () => (await import('./commands/up.ts')).up,
  },
  down: {
    usage: '',
    summary: 'stop it',
    load: async () => (await import('./commands/down.ts')).down,
  },
  clean: {
    usage: '',
    summary: 'stop it and remove state and caches of this checkout',
    load: async () => (await import('./commands/clean.ts')).clean,
  },
  ps: {
    usage: '[--json]',
    summary: 'what is running',
    load: async () => (await import('./commands/ps.ts')).ps,
  },
  env: {
    usage: '',
    summary: 'addresses and secrets of the running system, as KEY=VALUE',
    load: async () => (await import('./commands/env.ts')).env,
  },
  token: {
    usage: '[--role buyer|admin] [--user U] [--count N] [--out FILE]',
    summary: 'signed tokens for local use',
    load: async () => (await import('./commands/token.ts')).token,
  },
  audit: {
    usage: 'SALE [--json]',
    summary: 'the books of a sale; exit 1 if they are not exact',
    load: async () => (await import('./commands/audit.ts')).audit,
  },
  'recover-ledger': {
    usage: '[--json]',
    summary: 'win back what a Postgres that failed over has lost; exit 1 if a person has to look',
    load: async () => (await import('./commands/recover-ledger.ts')).recoverLedgerCommand,
  },
  compose: {
    usage: '[--keep] [--json FILE]',
    summary: 'images and docker-compose.yml for real: a sale, then every container killed in turn',
    load: async () => (await import('./compose/main.ts')).compose,
  },
  k8s: {
    usage: '[--api] [--json FILE]',
    summary: 'the manifests beside their schemas; --api: on a real API server, rolled out',
    load: async () => (await import('./k8s/main.ts')).k8s,
  },
  secrets: {
    usage: '',
    summary: 'new secrets for docker compose, as KEY=VALUE: ./dev secrets > .env',
    load: async () => (await import('./compose/secrets.ts')).secrets,
  },
  boards: {
    usage: '[--ask] [--json FILE]',
    summary:
      "write docs/metrics.md and Grafana's dashboards; --ask: all of them of Prometheus itself",
    load: async () => (await import('./boards/main.ts')).boards,
  },
  api: {
    usage: '[--write | --base REF]',
    summary:
      'docs/openapi.json: is it what the gateway says; --base: does its version follow that of REF',
    load: async () => (await import('./api/main.ts')).api,
  },
  doctor: {
    usage: '[--json]',
    summary:
      'what is there, what is missing, what would be fetched; exit 1 if it is for a person to mend',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  logs: {
    usage: '[NAME]',
    summary: 'follow the logs',
    load: async () => (await import('./commands/logs.ts')).logs,
  },
}

function help(): void {
  const lines = Object.entries(commands).map(([name, { usage, summary }]) => {
    return `  ${`${name} ${usage}`.trim()}\n      ${summary}`
  })
  console.log(`usage: ./dev COMMAND\n\n${lines.join('\n')}\n`)
  console.log(
    'FLASHSALE_PORT_BASE moves all ports (8080). POSTGRES_URL, REDIS_URL and KAFKA_BROKERS',
  )
  console.log('name servers to use instead of starting our own.')
}

async function main([name = 'help', ...args]: string[]): Promise<number> {
  if (['help', '--help', '-h'].includes(name)) {
    help()
    return 0
  }
  const entry = commands[name]
  if (!entry) throw new UsageError(`no such command: ${name}; ./dev help lists them`)
  try {
    const command = await entry.load()
    return await command(args)
  } catch (error) {
    if (!isBadOption(error)) throw error
    throw new UsageError(`${error.message}\nusage: ./dev ${name} ${entry.usage}`)
  }
}

/** Thrown by util.parseArgs. */
function isBadOption(error: unknown): error is Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code.startsWith('ERR_PARSE_ARGS')
}

/** Once all that was printed has been taken, by a pipe as well. */
function leave(code: number): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
}
process.stdout.on('error', () => process.exit(1)) // the reader has gone

try {
  leave(await main(process.argv.slice(2)))
} catch (error) {
  console.error(error instanceof PlainError ? error.message : error)
  leave(error instanceof UsageError ? 2 : 1)
}
