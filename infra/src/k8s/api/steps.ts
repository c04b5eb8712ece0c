import type { ControlPlane } from './control-plane.ts'

/** What a step says of itself: facts to be read, or an error thrown. */
export type Facts = Record<string, unknown>
export type Step = { what: string; run(plane: ControlPlane): Promise<Facts> }
export type StepResult = { what: string; passed: boolean; ms: number; facts: Facts }

/** One after the other: each begins where the one before has left the cluster. */
export async function runSteps(plane: ControlPlane, steps: Step[]): Promise<StepResult[]> {
  const results: StepResult[] = []
  for (const { what, run } of steps) {
    console.error(`· ${what}`)
    const startedAt = performance.now()
    const end = (passed: boolean, facts: Facts) =>
      results.push({ what, passed, ms: Math.round(performance.now() - startedAt), facts })
    try {
      end(true, await run(plane))
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error)
      end(false, { fault })
      console.error(`  at fault: ${fault}`)
    }
  }
  return results
}
