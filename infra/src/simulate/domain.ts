import { nextMove, type OrderInput, type OrderState } from '@flashsale/order/domain/order-state.ts'
import { moveOn } from '@flashsale/payment/domain/payment-state.ts'
import type { Domain } from '@flashsale/simulation/world.ts'

/** The services' own tables of states: what is simulated is what they run. */
export const domain: Domain = {
  nextMove: (state, input) => nextMove(state as OrderState | undefined, input as OrderInput),
  moveOn,
}
