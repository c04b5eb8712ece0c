import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { madeFiles } from '../src/boards/made-files.ts'
import { root } from '../src/checkout.ts'

test('what is made from the registry and the boards is as `./dev boards` makes it', () => {
  for (const [path, text] of madeFiles()) {
    assert.equal(readFileSync(join(root, path), 'utf8'), text, `${path}: run ./dev boards`)
  }
})
