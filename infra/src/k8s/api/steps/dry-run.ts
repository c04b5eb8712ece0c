import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type Document, documentsOf, folders, render } from '../../render.ts'
import { resourceFiles } from '../../schemas.ts'
import type { Step } from '../steps.ts'

const SERVER_SIDE = ['apply', '--server-side', '--validate=strict', '--filename=-']

/** The server knows what operators would teach it. */
export const teachResources: Step = {
  what: 'the API server takes the resources of KEDA, External Secrets, Gateway API and CloudNativePG',
  async run({ kubectl }) {
    for (const file of resourceFiles()) await kubectl.done(SERVER_SIDE, readFileSync(file, 'utf8'))
    const established = ['wait', '--for=condition=established', '--timeout=60s', 'crd', '--all']
    const lines = await kubectl.done(established)
    return { resources: lines.split('\n').length }
  },
}

/** Nobody publishes these where they could be had: conform.ts skips them, too. */
const isKnown = ({ apiVersion }: Document) => !apiVersion.startsWith('kafka.strimzi.io/')

export const dryRuns: Step[] = folders.map((folder) => ({
  what: `server-side dry run of ${folder}`,
  async run({ kubectl }) {
    const documents = documentsOf(render(folder))
    const known = documents.filter(isKnown)
    const namespaces = listOf(documents.filter(({ kind }) => kind === 'Namespace'))
    await kubectl.done(SERVER_SIDE, namespaces) // for real: admission looks at its labels
    try {
      const dry = [...SERVER_SIDE, '--dry-run=server']
      const { ok, output, errors } = await kubectl.tried(dry, listOf(known))
      assert.ok(ok, errors)
      assert.equal(errors, '', 'a warning is a fault: what the server would not take tomorrow')
      const taken = output.trim().split('\n').length
      assert.equal(taken, known.length)
      return { taken, leftOut: documents.length - known.length }
    } finally {
      await kubectl.done(['delete', '--filename=-', '--timeout=60s'], namespaces)
    }
  },
}))

const listOf = (items: Document[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
