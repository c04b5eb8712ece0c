/** Keys of a sale of W, beside those of the system. */
export function plainSaleKeys(prefix: string, saleId: string) {
  const key = (name: string) => `${prefix}bench-w:{${saleId}}:${name}`
  return { stock: key('stock'), buyers: key('buyers'), stream: key('stream') }
}
