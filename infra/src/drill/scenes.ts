import type { Scene } from './scene.ts'

/** Every scene of `./dev drill`, in the order of `--list`. */
export const scenes: Scene[] = []
