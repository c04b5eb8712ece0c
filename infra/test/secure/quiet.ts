import type { Log } from '@flashsale/service-kit/log.ts'

export const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
