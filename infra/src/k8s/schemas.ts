import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { cachedFolder } from '../parts/tools-folder.ts'
import { moduleFolder } from './go.ts'
import { type Named, schemasOfCrd, schemasOfSwagger } from './json-schemas.ts'
import { kubernetes, resourceModules } from './modules.ts'

const SWAGGER = 'api/openapi-spec/swagger.json'
const MADE_BY = ['json-schemas.ts', 'modules.ts', 'schemas.ts']

/** How kubeconform finds the schema of a document in that folder. */
export const LOCATION = '{{ .Group }}/{{ .ResourceKind }}-{{ .ResourceAPIVersion }}.json'
const fileOf = ({ group, version, kind }: Named) =>
  `${group || version}/${kind.toLowerCase()}-${version}.json`

/** The files that describe resources which are not Kubernetes' own. */
export function resourceFiles(): string[] {
  return resourceModules.flatMap((module) => {
    const folder = moduleFolder(module)
    const files = globSync(module.files, { cwd: folder }).sort()
    if (files.length === 0) throw new Error(`${module.path} has no ${module.files}`)
    return files.map((file) => join(folder, file))
  })
}

/** A folder with one file a kind; made once for each state of what makes it. */
export function schemaFolder(): string {
  const code = MADE_BY.map((file) => readFileSync(new URL(file, import.meta.url)))
  const hash = createHash('sha256').update(Buffer.concat(code)).digest('hex').slice(0, 12)
  return cachedFolder(`kubernetes-schemas-${hash}`, (folder) => {
    const swagger = readFileSync(join(moduleFolder(kubernetes), SWAGGER), 'utf8')
    const crds = resourceFiles().flatMap((file) =>
      parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS()),
    )
    const documents = crds.filter((document) => document !== null)
    for (const one of [...schemasOfSwagger(swagger), ...documents.flatMap(schemasOfCrd)]) {
      const file = join(folder, fileOf(one))
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, JSON.stringify(one.schema))
    }
  })
}
