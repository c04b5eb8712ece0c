import type { HttpClient } from '@flashsale/service-kit/http-client.ts'

const ROWS_A_PAGE = 2_000

/** All pages of a list, in the order of ids; undefined when one of them can't be had. */
export async function readPages<Row>(
  http: HttpClient,
  path: string,
  parse: (body: unknown) => { rows: Row[]; next: string | undefined },
): Promise<Row[] | undefined> {
  const all: Row[] = []
  for (let after = ''; ; ) {
    const page = `${path}&limit=${ROWS_A_PAGE}${after && `&after=${after}`}`
    const answer = await http.call({ method: 'GET', path: page })
    if (answer.kind !== 'answer' || answer.status !== 200) return undefined
    const { rows, next } = parse(answer.body)
    all.push(...rows)
    if (!next) return all
    after = next
  }
}
