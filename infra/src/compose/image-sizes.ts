import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { imageServices } from '../images/image-services.ts'

const run = promisify(execFile)
const base = 'node:24-bookworm-slim'

const mibOf = async (image: string) => {
  const { stdout } = await run('docker', ['image', 'inspect', '--format', '{{.Size}}', image])
  return Math.round(Number(stdout) / 2 ** 20)
}

/** In MiB, as Docker counts them: unpacked. */
export async function imageSizes() {
  const baseMib = await mibOf(base)
  return await Promise.all(
    imageServices.map(async (service) => {
      const image = `flashsale/${service}:local`
      const mib = await mibOf(image)
      return { image, mib, beyondBaseMib: mib - baseMib }
    }),
  )
}
