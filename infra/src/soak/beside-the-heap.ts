const v8PageBytes = 2 ** 18
const arenaBytes = 2 ** 26
const header = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+\s*(.*)$/

type Mapping = { start: number; end: number; rights: string; name: string; pssKiB: number }

/**
 * What a Node process has of memory besides the pages of V8's heap, in MiB, from /proc/PID/smaps:
 * files, stacks, and all that malloc gave. Resident memory less what the heap says of itself can't tell
 * that: a page that V8 has and has not touched yet is in no memory, and one that it emptied still is.
 */
export function besideTheHeapMiB(smaps: string): number {
  const mappings = parse(smaps)
  const others = mappings.filter((one, i) => !isOfTheHeap(one, mappings[i + 1]))
  return others.reduce((sum, { pssKiB }) => sum + pssKiB, 0) / 1_024
}

/** V8 takes its pages at multiples of their size. So do malloc's arenas: theirs is 64 MiB, the end of it without rights. */
function isOfTheHeap({ start, end, rights, name }: Mapping, next?: Mapping): boolean {
  if (name !== '' || !rights.startsWith('rw') || start % v8PageBytes !== 0) return false
  const arenaEnd = start + arenaBytes
  const isWhole = end === arenaEnd
  const isBegun = next?.start === end && next.rights.startsWith('---') && next.end === arenaEnd
  return !(start % arenaBytes === 0 && (isWhole || isBegun))
}

function parse(smaps: string): Mapping[] {
  const mappings: Mapping[] = []
  for (const line of smaps.split('\n')) {
    const [, start, end, rights = '', name = ''] = header.exec(line) ?? []
    if (start && end) {
      const [from, to] = [Number.parseInt(start, 16), Number.parseInt(end, 16)]
      mappings.push({ start: from, end: to, rights, name, pssKiB: 0 })
    }
    const pss = /^Pss:\s+(\d+) kB/.exec(line)?.[1]
    const last = mappings.at(-1)
    if (pss && last) last.pssKiB = Number(pss)
  }
  return mappings
}
