import { page } from './page.ts'
import { type Settings, text } from './settings.ts'
import { type K6Data, readSummary } from './summary.ts'
import { summaryText } from './summary-text.ts'

/**
 * The summary as JSON and as a page, where the environment names files for them. `./dev k6` takes the
 * JSON and makes the page itself, with the books and each second of the run.
 */
export function writeSummary({ script, sizes }: Settings, data: unknown): Record<string, string> {
  const { setup_data: sale, ...k6Data } = data as K6Data & { setup_data?: { id: string } }
  const summary = readSummary(k6Data)
  const summaryFile = text('FLASHSALE_SUMMARY_FILE')
  const pageFile = text('FLASHSALE_PAGE_FILE')
  const about = { script, sizes, saleId: sale?.id ?? '?', date: new Date().toISOString() }
  return {
    stdout: summaryText(summary),
    ...(summaryFile && { [summaryFile]: JSON.stringify(summary, null, 2) }),
    ...(pageFile && { [pageFile]: page({ ...about, generator: 'k6', summary }) }),
  }
}
