import type { Random } from '@flashsale/simulation/random.ts'
import type { Stack } from '../stack/stack.ts'
import type { Failpoints } from './failpoints.ts'
import type { Load } from './load.ts'
import type { Report } from './report.ts'
import type { Component, Way } from './strike.ts'

/** What a scene wants of its stack beyond the one that most scenes share; it gets one of its own then. */
export type StackNeeds = {
  standby?: 'synchronous' | 'asynchronous'
  archived?: boolean
  /** The services begin as the release before the last change that two releases have to agree on. */
  older?: boolean
  scale?: Record<string, number>
  env?: Record<string, Record<string, string>>
}

/** One thing that is done to the system under load, and what must be seen to have come of it. */
export type Scene = {
  name: string
  /** One sentence for `./dev drill --list`. */
  what: string
  needs?: StackNeeds
  /** Makes Redis lose writes that it acknowledged; played again and again. */
  loses?: boolean
  /** Throws only what stops the drill; what did not show itself goes to `report.claim`. */
  run(world: World): Promise<void>
}

export type Wait = { limitMs: number; what: string }

/** What a scene has in hand. */
export type World = {
  stack: Stack
  load: Load
  report: Report
  failpoints: Failpoints
  /** The same numbers for the same `--seed`. */
  random: Random
  /** One line of progress on standard error. */
  say(line: string): void
  /** The first value that is there (not undefined, not false); throws after the limit or at the end. */
  until<T>(
    check: () => Promise<T | undefined | false> | T | undefined | false,
    wait: Wait,
  ): Promise<T>
  pause(ms: number): Promise<void>
  isOver(): boolean
  /**
   * Strikes a component and measures: answers lost meanwhile, ms until it answers again, and ms from
   * there until an audit of every open sale reads drift 0. Counted and said; does not hide an error.
   */
  strike(blow: Blow): Promise<Struck>
}

export type Blow = {
  component: Component
  way: Way
  /** The part, when it is not called as its component is: `gateway-2`. */
  name?: string
  /** Does the harm; resolves when it is done, with the part's name where only now it is known. */
  hit(): Promise<string | undefined>
  /** Brings it back where it does not come by itself. */
  heal?(): Promise<unknown>
}

export type Struck = {
  answersLost: number
  /** From the blow until the harm was undone, where the drill undoes it. */
  awayMs: number
  answersAfterMs: number
  driftZeroAfterMs: number
}
