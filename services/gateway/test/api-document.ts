import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { startGateway } from './gateway.ts'

export type Operation = {
  summary?: string
  security?: unknown[]
  parameters?: { name: string; in: string; required?: boolean }[]
  requestBody?: { content: Record<string, { schema: Record<string, unknown> }> }
  responses: Record<string, { description: string; content?: Record<string, unknown> }>
}
export type Document = { openapi: string; paths: Record<string, Record<string, Operation>> }

export async function readDocument(t: TestContext) {
  const { call } = await startGateway(t)
  const answer = await call('GET', '/openapi.json')
  assert.equal(answer.status, 200)
  return answer.body as Document
}
export const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )

/** A path with ids in the place of its names: what is there, or could be. */
export const pathWith = (path: string, ids: Record<string, string> = {}) =>
  path.replace(/\{(\w+)\}/g, (_name, name: string) => ids[name] ?? randomUUID())
