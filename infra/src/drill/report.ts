import type { Struck } from './scene.ts'
import type { Component, Way } from './strike.ts'

const failuresMax = 50

/** What a scene says it shows, and what was seen. */
export type Claim = { scene: string; what: string; holds: boolean; seen: unknown }
export type Strike = Struck & {
  scene: string
  component: Component
  way: Way
  name: string
  atMs: number
}
export type Loss = { scene: string; accepted: number; atMs: number }

/** Gathers what the drill's tables and its JSON are made from. */
export function createReport() {
  const strikes: Strike[] = []
  const claims: Claim[] = []
  const failures: string[] = []
  const losses: Loss[] = []
  const forgotten = new Set<string>()
  const recorded = new Set<string>()
  const underWay = new Set<Component>()
  const startedAt = performance.now()
  let scene = ''
  const atMs = () => Math.round(performance.now() - startedAt)

  return {
    strikes,
    claims,
    failures,
    losses,
    /** Orders that neither the ledger nor Redis knew after Redis came back: `not-recorded` at the end. */
    forgotten,
    /** Orders that only the ledger knew then: they go on as if nothing had been. */
    recorded,
    /** All that comes next belongs to this scene. */
    enter(name: string): void {
      scene = name
    },
    begin(component: Component): void {
      underWay.add(component)
    },
    over(component: Component): void {
      underWay.delete(component)
    },
    struck(strike: Omit<Strike, 'scene' | 'atMs'>): void {
      strikes.push({ ...strike, scene, atMs: atMs() })
    },
    /** From the blow until drift 0 again. */
    isStruck: (component: Component) => underWay.has(component),
    /** Must hold, else the drill fails; `seen` is what the table shows of it. */
    claim(what: string, holds: boolean, seen: unknown = holds): void {
      claims.push({ scene, what, holds, seen })
    },
    /** Accepted orders whose hold Redis acknowledged and forgot; the drill fails when it is 0. */
    writesLost(accepted: number): void {
      losses.push({ scene, accepted, atMs: atMs() })
    },
    /** Something that must never be. */
    fail(sentence: string): void {
      if (failures.length < failuresMax) failures.push(`${scene}: ${sentence}`)
    },
  }
}
export type Report = ReturnType<typeof createReport>
