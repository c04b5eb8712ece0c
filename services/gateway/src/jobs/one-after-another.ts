/** Never two at a time: calls made during a run share the one run that follows it. */
export function oneAfterAnother<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  let following: Promise<T> | undefined

  const start = (): Promise<T> => {
    following = undefined
    const current = run().finally(() => {
      running = undefined
    })
    running = current
    return current
  }
  return () => {
    if (!running) return start()
    following ??= running.then(start, start)
    return following
  }
}
