import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where `dev` and this program keep what they fetch, for all checkouts of this user. */
export function toolsFolder(): string {
  const { DEV_TOOLS_DIR, XDG_CACHE_HOME } = process.env
  return DEV_TOOLS_DIR || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'flashsale-tools')
}

/** A folder in there that `fill` makes once, whole or not at all, also when several runs try it. */
export function cachedFolder(name: string, fill: (unfinished: string) => void): string {
  const folder = join(toolsFolder(), name)
  if (existsSync(folder)) return folder
  const unfinished = `${folder}.${process.pid}`
  try {
    mkdirSync(unfinished, { recursive: true })
    fill(unfinished)
    if (!existsSync(folder)) renameSync(unfinished, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error // else another run was quicker
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  return folder
}
