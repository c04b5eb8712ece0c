/** `new SharedArray(…)` is the array itself. */
export function SharedArray(_name: string, make: () => unknown[]): unknown[] {
  return make()
}
