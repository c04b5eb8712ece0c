/**
 * One service as plain JavaScript: what is ours in one file a program, what others made is left where npm puts it.
 * Node takes the types away by itself, but not under node_modules, where a deployed workspace package is.
 *
 *   node infra/src/images/bundle.ts gateway OUT
 */
import { cpSync, globSync, mkdirSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { root } from '../checkout.ts'
import { type ImageService, programsOf, readService, threadsOf } from './image-services.ts'

/** Ours is bundled; everything else is asked for at run time, where spans can be put around it. */
const oursAlone: Plugin = {
  name: 'ours-alone',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path }) =>
      path.startsWith('@flashsale/') ? undefined : { external: true, path },
    )
  },
}

/** A module that reads a file beside it finds it there still, although it is one of many in a file now. */
const ownPlace: Plugin = {
  name: 'own-place',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const place = JSON.stringify(relative(root, path))
      const source = await readFile(path, 'utf8')
      const contents = source.replaceAll(
        'import.meta.url',
        `new URL(${place}, import.meta.url).href`,
      )
      return { contents, loader: 'ts' }
    })
  },
}

/** `main.js` and its like in folder `out`, beside them the files that they read; which packages they ask for at run time. */
export async function bundle(service: ImageService, out: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: programsOf(service),
    outdir: out,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    sourcemap: true,
    metafile: true,
    absWorkingDir: root,
    plugins: [oursAlone, ownPlace],
  })
  const modules = Object.keys(metafile.inputs)
  for (const folder of new Set(modules.map((file) => file.split('/', 2).join('/')))) {
    for (const file of globSync([`${folder}/{src,migrations}/**/*.{lua,sql}`, `${folder}/*.sql`], {
      cwd: root,
    })) {
      cpSync(join(root, file), join(out, file))
    }
  }
  for (const [name, place] of Object.entries(threadsOf(service))) leadTo(out, name, place)
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports)
  return [...new Set(imports.filter(({ external }) => external).map(({ path }) => path))]
}

/** A thread is begun by the place of its source: from there it leads to the file that it is in now. */
function leadTo(out: string, name: string, place: string) {
  const from = dirname(join(out, place))
  mkdirSync(from, { recursive: true })
  writeFileSync(join(out, place), `import '${relative(from, join(out, `${name}.js`))}'\n`)
}

if (import.meta.main) {
  const [, , service, out] = process.argv
  if (out === undefined) throw new Error('usage: bundle.ts SERVICE OUT')
  await bundle(readService(service), out)
}
