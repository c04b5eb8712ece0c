/** How a run and the instances it watches talk: by files in one folder. */
export type Fault = { errorRatio: number; slowMs: number }
export const noFault: Fault = { errorRatio: 0, slowMs: 0 }

export const seenFile = (instance: string) => `seen-${instance}`
export const faultFile = (instance: string) => `fault-${instance}`

export function parseFault(text: string): Fault {
  const { errorRatio = 0, slowMs = 0 } = JSON.parse(text) as Partial<Fault>
  return { errorRatio, slowMs }
}
