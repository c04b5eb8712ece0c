import { luaScript } from '@flashsale/redis/script.ts'

const file = (name: string) => new URL(`./${name}.lua`, import.meta.url)

/** A script with the check of R1 in front: a Redis that forgot answers `['forgot']` and does nothing. */
export const stockScript = (name: string) => luaScript(file('stock-guard'), file(name))

/** As `stockScript`, of one that tells the gateways what it changed. */
export const changingScript = (...names: string[]) =>
  luaScript(...['stock-guard', 'tell-change', ...names].map(file))

/** Only for what must run on a Redis that forgot: install, refuse, and reading it whole. */
export const unguardedScript = (...names: string[]) => luaScript(...names.map(file))
