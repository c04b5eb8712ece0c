import type { SaleFacts, SaleTold } from '@flashsale/contracts/http/inventory.ts'

const BUYERS_MAX = 500_000 // in all sales together; about 100 bytes each

type Counted = Pick<SaleFacts, 'id' | 'epoch' | 'orders'>
/** Who has the first `orders` orders of an epoch; more buyers than those do no harm. */
type Book = { epoch: number; orders: number; buyers: Set<string>; isWhole: boolean }
/** A book while it is filled, page by page. */
export type Reading = {
  /** False when it is in vain: the book is another one by now, or would be too long. */
  add(buyers: string[]): boolean
  end(wanted: { isWhole: boolean }): void
}

/**
 * Of sold-out sales, exactly the buyers with any order. Redis counts the orders of an epoch, so each
 * book knows whether it is complete: one order that was not heard of, and nothing is said any more.
 */
export function createSaleBuyers(buyersMax = BUYERS_MAX) {
  const books = new Map<string, Book>()

  const find = ({ id, epoch, orders }: Counted) => {
    const book = books.get(id)
    const isExact = book?.isWhole && book.epoch === epoch && orders !== null
    return isExact && book.orders >= orders ? book : undefined
  }
  const sizeWithout = (id: string) =>
    [...books].reduce((sum, [of, { buyers }]) => (of === id ? sum : sum + buyers.size), 0)
  const fits = (id: string, size: number) => sizeWithout(id) + size <= buyersMax

  return {
    knows: (sale: Counted) => find(sale) !== undefined,
    /** Whether it only lacks orders that it may still hear of. */
    isShort({ id, epoch }: Counted) {
      const book = books.get(id)
      return book?.isWhole === true && book.epoch === epoch
    },
    /** Undefined while it is not known. */
    has: (sale: Counted, buyerId: string) => find(sale)?.buyers.has(buyerId),
    /** What is read from now on has every order up to this count. Undefined when they are too many. */
    start({ id, epoch, orders }: Counted): Reading | undefined {
      if (orders === null || !fits(id, orders)) return undefined
      const book: Book = { epoch, orders, buyers: new Set(), isWhole: false }
      books.set(id, book)
      return {
        add(buyers) {
          if (books.get(id) !== book) return false
          for (const buyer of buyers) book.buyers.add(buyer)
          if (!fits(id, book.buyers.size)) books.delete(id)
          return books.get(id) === book
        },
        end({ isWhole }) {
          book.isWhole = isWhole
          if (!isWhole && books.get(id) === book) books.delete(id)
        },
      }
    },
    hear({ id, epoch, orders, buyers = [] }: SaleTold) {
      const book = books.get(id)
      if (!book || epoch < book.epoch) return
      if (epoch === book.epoch && orders <= book.orders) return
      const isNext = epoch === book.epoch && orders - buyers.length <= book.orders
      for (const buyer of buyers) book.buyers.add(buyer)
      book.orders = orders
      if (!isNext || !fits(id, book.buyers.size)) books.delete(id)
    },
    keepOnly(ids: Set<string>) {
      for (const id of books.keys()) if (!ids.has(id)) books.delete(id)
    },
  }
}
export type SaleBuyers = ReturnType<typeof createSaleBuyers>
