import assert from 'node:assert/strict'
import { request } from '@flashsale/test-kit/http.ts'
import type { System } from '@flashsale/test-kit/system.ts'

/** Every service is there, ready, and tells its metrics. */
export async function probe({ urls }: System) {
  for (const url of Object.values(urls)) {
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      assert.equal((await request(url + path)).status, 200, url + path)
    }
  }
}
