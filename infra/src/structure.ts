import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const luaLinesMax = 60
const metricsFile = 'packages/service-kit/src/metric.ts'
const serviceFiles = ['main.ts', 'app.ts', 'config.ts']

type SourceFile = { path: string; text: string }
type Rule = (file: SourceFile) => string[]

/** What the compiler and the linter cannot see, one line a fault; `root` is a checkout. */
export function structureFaults(root: string): string[] {
  const patterns = ['{services,packages}/*/{src,test}/**/*.{ts,lua}', 'infra/{src,test}/**/*.ts']
  const paths = globSync(patterns, { cwd: root }).filter((path) => !path.includes('/generated/'))
  const files = paths.sort().map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
  const rules: Rule[] = [
    keepsToItself,
    leavesEnvironment,
    takesMetricsByName,
    isShortLua,
    runsEveryTest,
  ]
  return [...files.flatMap((file) => rules.flatMap((rule) => rule(file))), ...missingFiles(root)]
}

/** A service imports no other service: they meet in events and HTTP bodies of packages/contracts. */
function keepsToItself({ path, text }: SourceFile): string[] {
  const [folder, own = ''] = path.split('/')
  if (folder === 'infra' || (path.includes('/test/') && folder === 'packages')) return []
  return imports(text)
    .filter((target) => isOtherService(target, folder === 'services' ? own : ''))
    .map((target) => `${path}: imports ${target}, a service`)
}

function isOtherService(target: string, own: string): boolean {
  const name = /^@flashsale\/(gateway|inventory|order|payment)(\/|$)/.exec(target)?.[1]
  const near = /(?:^|\/)services\/([^/]+)\//.exec(target)?.[1]
  const beside = /^(?:\.\.\/)+(gateway|inventory|order|payment)\/(?:src|test)\//.exec(target)?.[1]
  return [name, near, beside].some((service) => service !== undefined && service !== own)
}

function imports(text: string): string[] {
  const found = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g)
  return [...found].map(([, target = '']) => target)
}

/** Only main.ts reads the environment; infra and tests are no services. */
function leavesEnvironment({ path, text }: SourceFile): string[] {
  const isFree = path.startsWith('infra/') || /\/test\/|^packages\/test-kit\//.test(path)
  if (
    isFree ||
    !path.endsWith('.ts') ||
    /^services\/[^/]+\/src\/(?:recover\/|contract\/|migrate\/)?main\.ts$/.test(path)
  )
    return []
  return /\bprocess\s*(\.|\[['"])\s*env\b|\benv\b[^\n]*from 'node:process'/.test(text)
    ? [`${path}: reads process.env; only main.ts does`]
    : []
}

/** A metric that is not in the registry can't be made: only one file knows the library. */
function takesMetricsByName({ path, text }: SourceFile): string[] {
  return path !== metricsFile && imports(text).includes('prom-client')
    ? [`${path}: imports prom-client; metrics are made by ${metricsFile}`]
    : []
}

/** A Lua script says in its header what is atomic and what it takes, and fits a screen. */
function isShortLua({ path, text }: SourceFile): string[] {
  if (!path.endsWith('.lua')) return []
  const header = /^(?:--(?!\[\[)[^\n]*\n)*--\[\[[\s\S]*?\]\]\s*\n?/.exec(text)?.[0]
  if (header === undefined) return [`${path}: has no header comment`]
  const lines = text.slice(header.length).trimEnd().split('\n').length
  return lines > luaLinesMax ? [`${path}: ${lines} lines, at most ${luaLinesMax}`] : []
}

/** A test that is left out proves nothing. */
function runsEveryTest({ path, text }: SourceFile): string[] {
  if (!path.endsWith('.test.ts')) return []
  const left = /\b(?:test|it|describe|suite|t)\.(skip|only|todo)\(/.exec(text)?.[1]
  const option = /[{,]\s*(skip|only|todo)\s*:/.exec(text)?.[1]
  const word = left ?? option
  return word ? [`${path}: a test is marked ${word}`] : []
}

function missingFiles(root: string): string[] {
  return globSync('services/*/package.json', { cwd: root }).flatMap((manifest) => {
    const wanted = serviceFiles.map((file) => manifest.replace('package.json', `src/${file}`))
    return wanted
      .filter((file) => !existsSync(join(root, file)))
      .map((file) => `${file} is missing`)
  })
}
