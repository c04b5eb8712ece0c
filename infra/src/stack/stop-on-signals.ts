const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** Stops, then ends this process with the shell's code for the signal. Returns the way back. */
export function stopOnSignals(stop: () => Promise<unknown>): () => void {
  const handlers = Object.entries(signals).map(([name, exitCode]) => {
    const handler = () => {
      console.error('stopping')
      stop().then(
        () => process.exit(exitCode),
        (error) => {
          console.error(error)
          process.exit(1)
        },
      )
    }
    process.on(name, handler)
    return { name, handler }
  })
  return () => {
    for (const { name, handler } of handlers) process.off(name, handler)
  }
}
