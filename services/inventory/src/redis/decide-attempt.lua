--[[
  Put in front of reserve.lua: what becomes of one attempt. `batch` is what is known when its turn comes,
  all that the attempts before it have taken included; who holds is noted there, and nothing is written.

  batch.epoch, now, floor, open, per_buyer, left, room  as reserve.lua read them
  batch.units                                           the hash of units' owners
  batch.orders, keys, slots                             fields that are known, of this batch's attempts
  batch.holds, wanted, new                              attempts that hold, their units, fields to write
]]
local function empty_slots(batch, buyer, quantity)
  local empty, taken = {}, {}
  for slot = 1, batch.per_buyer do
    local by = batch.slots[buyer .. ':' .. slot]
    if not by then empty[#empty + 1] = slot else taken[#taken + 1] = by end
  end
  if #empty < quantity then return nil, taken end
  return empty
end

-- What fills a slot is a unit, and its owner the order; within a batch it is the order itself.
local function owners_of(batch, filled)
  local orders = {}
  for _, by in ipairs(filled) do
    local is_order = #by == 36 -- also one that was written before units stood there
    orders[#orders + 1] = is_order and by or redis.call('HGET', batch.units, by) or nil
  end
  return orders
end

local function note_hold(batch, attempt, empty)
  local order, quantity, new = attempt.order, attempt.quantity, batch.new
  batch.left, batch.room = batch.left - quantity, batch.room - 1
  batch.wanted = batch.wanted + quantity
  attempt.slots, attempt.slot_names = {}, {}
  for i = 1, quantity do
    local name = attempt.buyer .. ':' .. empty[i]
    attempt.slots[i], attempt.slot_names[i], batch.slots[name] = empty[i], name, order
  end
  batch.orders[order] = quantity
  push(new.orders, order, quantity)
  if attempt.key_field ~= '' then
    batch.keys[attempt.key_field] = order .. ':' .. attempt.fingerprint
    push(new.keys, attempt.key_field, batch.keys[attempt.key_field])
  end
  batch.holds[#batch.holds + 1] = attempt
end

local function decide(batch, attempt)
  local order, quantity = attempt.order, attempt.quantity
  if batch.orders[order] then return { 'held', order } end -- a copy of it
  if attempt.epoch ~= batch.epoch then return { 'old-epoch' } end
  local deadline = tonumber(string.sub(order, 1, 8) .. string.sub(order, 10, 13), 16)
  if batch.now > deadline or deadline <= batch.floor then return { 'late' } end
  local known = attempt.key_field ~= '' and batch.keys[attempt.key_field]
  if known and string.sub(known, 38) ~= attempt.fingerprint then return { 'idempotency-mismatch' } end
  if known then return { 'repeated', string.sub(known, 1, 36) } end
  if not batch.open then return { 'not-open' } end
  local empty, taken = empty_slots(batch, attempt.buyer, quantity)
  if not empty then return { 'limit-reached', unpack(owners_of(batch, taken)) } end
  if batch.left < quantity then return { 'sold-out' } end
  if batch.room < 1 then return { 'stream-full' } end
  note_hold(batch, attempt, empty)
  return { 'held', order }
end
