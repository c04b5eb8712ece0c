import { z } from 'zod'

const ORIGINS_MAX = 20
const THIS_MACHINE = ['127.0.0.1', '[::1]', 'localhost']

/** As a browser writes it: `https://shop.example.com`, with a port only where it is another one. */
function isOrigin(text: string) {
  if (!URL.canParse(text)) return false
  const { origin, protocol, hostname } = new URL(text)
  const isOpen = protocol === 'http:' && THIS_MACHINE.includes(hostname)
  return origin === text && !text.includes('*') && (protocol === 'https:' || isOpen)
}

/** Pages that may ask, parted by commas; none where it is empty. No pattern: `*` is no origin. */
export const PageOrigins = z
  .string()
  .transform((list) => (list === '' ? [] : list.split(',').map((one) => one.trim())))
  .refine((origins) => origins.length <= ORIGINS_MAX, `must be at most ${ORIGINS_MAX}`)
  .refine(
    (origins) => origins.every(isOrigin),
    'must be exact https origins, or http ones of this machine, without a path',
  )
