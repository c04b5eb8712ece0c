import { eachInLanes } from './lanes.ts'
import { note, type Receipt } from './receipts.ts'
import type { Stage } from './stage.ts'

const lanes = 16
const againAfterMs = 300

/** Asks for each 202 of the sale what became of it: by its order id, else by its key. */
export async function askReceipts(stage: Stage, onAsked: () => void): Promise<void> {
  const receipts = stage.receipts.all()
  await eachInLanes(receipts, lanes, async (receipt) => {
    delete receipt.end // what was seen on the way does not count
    while (!receipt.end && !stage.time.isUp()) {
      if (receipt.orderId === undefined) await askByKey(stage, receipt)
      await askById(stage, receipt)
      if (!receipt.end) await stage.time.pause(againAfterMs)
    }
    onAsked()
  })
}

async function askByKey(stage: Stage, receipt: Receipt): Promise<void> {
  const { buyer, token, key, quantity } = receipt
  const answer = await stage.shop.buy(stage.saleId, { token, key, body: { quantity } })
  if (answer?.status === 202) stage.receipts.take({ buyer, token, key, quantity }, answer)
  else if (answer?.status === 409) receipt.end = { status: 'refused', reason: answer.code }
}

async function askById(stage: Stage, receipt: Receipt): Promise<void> {
  if (receipt.orderId === undefined) return
  const order = await stage.shop.order(receipt.orderId, receipt.token)
  if (order) note(receipt, order)
}
