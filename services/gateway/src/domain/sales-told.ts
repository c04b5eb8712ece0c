import type { SaleFacts, SaleTold } from '@flashsale/contracts/http/inventory.ts'

const KEPT_MS = 5_000

/**
 * What inventories and Redis told of the sales. They don't speak in turn: one inventory's memory is
 * behind another's, and an answer is overtaken by what Redis told meanwhile. Of each part of a sale the
 * higher version counts; only what nobody has confirmed for a while is given up against a lower one.
 */
export function createSalesTold() {
  let told = new Map<string, { sale: SaleFacts; atMs: number }>()

  const take = (sale: SaleFacts, nowMs: number, isSure = false) => {
    const known = told.get(sale.id)
    const { newest, isBehind } = known ? merge(known.sale, sale) : { newest: sale, isBehind: false }
    told.set(sale.id, { sale: newest, atMs: known && isBehind && !isSure ? known.atMs : nowMs })
  }
  return {
    /** All sales that one inventory knows. */
    learn(sales: SaleFacts[], nowMs: number) {
      told = new Map([...told].filter(([, { atMs }]) => nowMs - atMs < KEPT_MS))
      for (const sale of sales) take(sale, nowMs)
    },
    /** Of one sale, by the inventory that just changed it. */
    learnOne: (sale: SaleFacts, nowMs: number) => take(sale, nowMs, true),
    /** By Redis. It adds no sale, nor does it make one out of a draft: the ledger does. */
    hear({ buyers: _buyers, ...message }: SaleTold, nowMs: number) {
      const sale = told.get(message.id)?.sale
      if (!sale || sale.phase === 'draft') return
      take({ ...sale, ...message, free: Math.max(0, message.free) }, nowMs, true)
    },
    get: (id: string) => told.get(id)?.sale,
    all: () => [...told.values()].map(({ sale }) => sale),
  }
}

/** Phase, stock and what Redis counts: each from whoever is newer, `told` where they are the same. */
function merge(known: SaleFacts, told: SaleFacts): { newest: SaleFacts; isBehind: boolean } {
  const isOldPhase =
    told.versions.phase < known.versions.phase ||
    (told.phase === 'draft' && known.phase !== 'draft')
  const isOldStock = told.versions.stock < known.versions.stock
  const isOldCount =
    told.epoch < known.epoch || (told.epoch === known.epoch && isOldFree(known, told))
  const { phase, versions: ofPhase } = isOldPhase ? known : told
  const { stock, versions: ofStock } = isOldStock ? known : told
  const { epoch, free, orders, versions: ofCount } = isOldCount ? known : told
  // While nobody can tell what is free, the last version of it is remembered.
  const counted = ofCount.free ?? (told.epoch === known.epoch ? known.versions.free : null)
  const versions = { phase: ofPhase.phase, stock: ofStock.stock, free: counted }
  const newest = { ...told, phase, stock, epoch, free, orders, versions }
  return { newest, isBehind: isOldPhase || isOldStock || isOldCount }
}

const isOldFree = (known: SaleFacts, told: SaleFacts) =>
  told.versions.free !== null && told.versions.free < (known.versions.free ?? 0)
