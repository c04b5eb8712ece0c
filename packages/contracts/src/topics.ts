/** One topic an owner: inventory writes `stock`, order writes `orders`, payment writes `payments`. */
export const topics = { stock: 'stock', orders: 'orders', payments: 'payments' } as const
export type Topic = (typeof topics)[keyof typeof topics]

/** Where the events of a topic go that could not be handled, and what comes after them per key. */
export const deadTopic = (topic: string) => `${topic}.dead`
