/** So many of both, each spread evenly over the whole. */
export function mixed(yes: number, no: number): ('yes' | 'no')[] {
  const all = yes + no
  return Array.from({ length: all }, (_, i) => {
    const upTo = (count: number) => Math.floor((count * yes) / all)
    return upTo(i + 1) > upTo(i) ? 'yes' : 'no'
  })
}
