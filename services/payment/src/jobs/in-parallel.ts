/** Runs `work` on every item, at most `atOnce` at a time. One that fails leaves the others running. */
export async function inParallel<T>(items: T[], atOnce: number, work: (item: T) => Promise<void>) {
  const queue = items.values()
  const errors: unknown[] = []
  const lane = async () => {
    for (const item of queue) {
      await work(item).catch((error: unknown) => void errors.push(error))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  if (errors.length > 0) throw errors[0]
}
