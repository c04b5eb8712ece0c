import { addSample } from './registry.ts'

export function check<T>(value: T, checks: Record<string, (value: T) => unknown>): boolean {
  const passed = Object.entries(checks).map(([name, holds]) => {
    const isSo = Boolean(holds(value))
    if (!isSo) console.error(`check failed: ${name} (${JSON.stringify(value)})`)
    addSample('checks', 'rate', isSo ? 1 : 0)
    return isSo
  })
  return passed.every(Boolean)
}

const nobody = new Int32Array(new SharedArrayBuffer(4))

export function sleep(seconds: number): void {
  Atomics.wait(nobody, 0, 0, seconds * 1_000)
}
