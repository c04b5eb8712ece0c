import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  committedDocument,
  documentAt,
  documentComplaint,
} from '../../src/api/committed-document.ts'
import { gatewayDocument } from '../../src/api/gateway-document.ts'

test('the committed document is what the real gateway gives, and any difference is found', async () => {
  const [committed, present] = [committedDocument(), await gatewayDocument()]
  assert.equal(documentComplaint(committed, present), '')
  assert.ok(Object.keys(JSON.parse(present).paths).length > 15)

  const older = committed.replace('"quantity"', '"amount"')
  assert.notEqual(older, committed)
  const complaint = documentComplaint(older, present)
  assert.match(complaint, /\.\/dev api --write/)
  assert.match(complaint, /"amount"[\s\S]*the gateway: .*"quantity"/)
  assert.match(documentComplaint(`${committed}more`, present), /line \d+: more/)
  assert.match(documentComplaint('', present), /the gateway: \{/)
})

test('the document of a commit is read; one without it, and what is no commit, are named', () => {
  assert.match(JSON.parse(documentAt('HEAD')).openapi, /^3\.1\./)
  assert.throws(() => documentAt('no-such-branch'), /there is no docs\/openapi\.json at no-such/)
  assert.throws(() => documentAt('--help'), /there is no docs\/openapi\.json at --help/)
})
