import type { Blow, Struck } from './scene.ts'

/** What a scene says it shows, and what was seen. */
export type Claim = { scene: string; what: string; holds: boolean; seen: unknown }
export type Strike = Pick<Blow, 'component' | 'way'> & Struck & { scene: string; atMs: number }

/** Gathers what the drill's tables and its JSON are made from. */
export function createReport() {
  const strikes: Strike[] = []
  const claims: Claim[] = []
  const failures: string[] = []
  const losses: { scene: string; accepted: number }[] = []
  const startedAt = performance.now()
  let scene = ''

  return {
    strikes,
    claims,
    failures,
    losses,
    /** All that comes next belongs to this scene. */
    enter(name: string) {
      scene = name
    },
    scene: () => scene,
    struck(strike: Pick<Blow, 'component' | 'way'> & Struck) {
      strikes.push({ ...strike, scene, atMs: Math.round(performance.now() - startedAt) })
    },
    /** Must hold, else the drill fails; `seen` is what the table shows of it. */
    claim(what: string, holds: boolean, seen: unknown = holds) {
      claims.push({ scene, what, holds, seen })
    },
    /** Accepted orders whose hold Redis acknowledged and forgot; the drill fails when it is 0. */
    writesLost(accepted: number) {
      losses.push({ scene, accepted })
    },
    /** Something that must never be. */
    fail(sentence: string) {
      failures.push(`${scene}: ${sentence}`)
    },
  }
}
export type Report = ReturnType<typeof createReport>
