import { after } from 'node:test'

// Loaded into each process that runs a file of tests. What a test leaves open keeps its process alive for
// ever, and nothing of the test runner ends that: its time-out is for tests that run. Here it fails.
const { FLASHSALE_TEST_END_MS = '120000' } = process.env
const endWithinMs = Number(FLASHSALE_TEST_END_MS)

after(() => {
  setTimeout(() => {
    const open = process.getActiveResourcesInfo().join(', ')
    process.stderr.write(
      `${process.argv[1]}: its tests ended ${endWithinMs} ms ago, and this is still open: ${open}\n`,
      () => process.exit(1),
    )
  }, endWithinMs).unref()
})
