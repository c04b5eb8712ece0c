// Whether the service in this container can work: an image without curl asks like this.
const response = await fetch(`http://127.0.0.1:${process.env.PORT}/readyz`, {
  signal: AbortSignal.timeout(2_500),
})
process.exit(response.ok ? 0 : 1)
