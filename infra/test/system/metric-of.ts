import { request } from '@flashsale/test-kit/http.ts'

/** What a service tells of one of its metrics; undefined while it tells nothing. */
export async function metricOf(url: string, name: string, label = ''): Promise<number | undefined> {
  const { body } = await request(`${url}/metrics`)
  const lines: string[] = String(body).split('\n')
  const line = lines.find((one) => one.startsWith(label ? `${name}{${label}}` : `${name} `))
  return line === undefined ? undefined : Number(line.split(' ').at(-1))
}
