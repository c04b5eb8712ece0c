/**
 * The rules of the protocol that the simulation can play without, to show that each is needed: with
 * any one of them switched off a promise is broken, and the simulation has to find out.
 */
export const rules = {
  R1: 'a Redis that forgot refuses by itself',
  R1b: 'a stream entry is acknowledged after its commit',
  R2: 'the ledger refuses entries of an older epoch',
  R3: 'the epoch is raised before the snapshot is read',
  R4: 'a rebuild restores owners, slots and keys, not the counters alone',
  R6a: 'a unit goes back only while the order still owns it',
  R6b: 'a return is a row, written with the release',
  R7: 'units go back at the ledger’s epoch alone',
  R8: 'an order’s id and key are known when its hold is over',
  R9: 'a final no bars the id first',
  R11: 'the order alone says when its units are let go',
  R12: 'the bank is asked until it is final',
} as const

export type Rule = keyof typeof rules
/** Rules that are switched off. */
export type Off = ReadonlySet<Rule>
export const ruleNames = Object.keys(rules) as Rule[]
