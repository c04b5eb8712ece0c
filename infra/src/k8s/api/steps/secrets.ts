import assert from 'node:assert/strict'
import { z } from 'zod'
import { readConfigs } from '../../configs.ts'
import { Document } from '../../render.ts'
import { runProgram } from '../run-program.ts'
import type { Step } from '../steps.ts'
import { inNamespace } from './apply.ts'

const MAKER = { file: 'infra/src/make-secrets/main.ts', account: 'make-secrets' }
const Made = z.object({ made: z.array(z.string()) })
const List = z.object({ items: z.array(Document) })

export const makeSecrets: Step = {
  what: "make-secrets, with its own account: every service's settings can be read, a second run changes nothing",
  async run(plane) {
    const { made } = Made.parse(await runProgram(plane, MAKER))
    const kinds = 'deployments,statefulsets,configmaps,secrets'
    const read = async () => List.parse(await plane.kubectl.json(['get', kinds, ...inNamespace]))
    const before = await read()
    const parsed = readConfigs(before.items)
    const again = Made.parse(await runProgram(plane, MAKER))
    assert.deepEqual(again.made, [])
    const secretsOf = ({ items }: z.infer<typeof List>) =>
      items.filter(({ kind }) => kind === 'Secret').map(({ data }) => data)
    assert.deepEqual(secretsOf(await read()), secretsOf(before))
    return { made, parsed: Object.keys(parsed) }
  },
}
