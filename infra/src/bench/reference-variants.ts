import { buyPath, dropKeys } from './bench-sale.ts'
import { buyRequest } from './load/load.ts'
import { plainSaleKeys } from './references/w-keys.ts'
import { ThrownAway } from './thrown-away.ts'
import type { Setting, Variant } from './variants.ts'

/** The floor that all else is a share of, and W, which has to be left behind. */
export const floorName = 'F0: bare Fastify'
export const wName = 'W: accepted'

const yes = { status: 202, text: '"accepted"' }

export function referenceVariants({ world, references }: Setting): Variant[] {
  const token = world.sign('somebody')
  const constant = (name: string, reference: 'bare-http' | 'floor' | 'floor-2'): Variant => ({
    name,
    async prepare() {
      const requests = [buyRequest({ path: '/orders', token })]
      const processes = references.processes(reference)
      return { port: references.port(reference), requests, again: true, expect: yes, processes }
    },
  })
  return [
    constant('bare node:http', 'bare-http'),
    constant(floorName, 'floor'),
    constant('F0 again (noise)', 'floor-2'),
    plainShop({ world, references }),
  ]
}

function plainShop({ world, references }: Setting): Variant {
  let sales = 0
  return {
    name: wName,
    async prepare({ requests: count }) {
      const saleId = `sale-${++sales}`
      const keys = plainSaleKeys(world.stack.addresses.redisKeyPrefix, saleId)
      await world.redis.set(keys.stock, count)
      const requests = Array.from({ length: count }, (_, i) => {
        const token = world.sign(`w-${sales}-${i}`)
        return buyRequest({ path: buyPath(saleId), token })
      })
      const redis = world.processes().filter(({ name }) => name === 'redis')
      return {
        port: references.port('w-gateway'),
        requests,
        expect: yes,
        processes: [...references.processes('w-gateway', 'w-inventory'), ...redis],
        check: async ({ accepted }) => {
          const written = await world.redis.xlen(keys.stream)
          if (written !== accepted.length) {
            throw new ThrownAway(`W accepted ${accepted.length} and wrote ${written}`)
          }
          await dropKeys(world, saleId)
          return undefined
        },
      }
    },
  }
}
