--[[
  Put in front of reserve.lua: what becomes of one attempt. `batch` is what is known when its turn comes,
  all that the attempts before it have taken included; who holds is noted there, and nothing is written.

  batch.epoch, now, floor, open, per_buyer, left, room  as reserve.lua read them
  batch.units                                           the hash of units' owners
  batch.orders, keys, slots                             fields that are known, of this batch's attempts
  batch.holds, wanted, new                              attempts that hold, their units, fields to write
]]
-- So many empty slots of the buyer, the lowest first; nil when there are fewer.
local function empty_slots(batch, attempt)
  local empty = {}
  for slot, name in ipairs(attempt.slot_names) do
    if not batch.slots[name] then empty[#empty + 1] = slot end
    if #empty == attempt.quantity then return empty end
  end
end

-- The orders of a buyer: a slot's unit says whose it is. Within a batch the order itself stands there.
local function orders_of(batch, attempt)
  local orders = {}
  for _, name in ipairs(attempt.slot_names) do
    local by = batch.slots[name]
    local is_order = by and #by == 36 -- also one that was written before units stood there
    orders[#orders + 1] = by and (is_order and by or redis.call('HGET', batch.units, by)) or nil
  end
  return orders
end

local function note_hold(batch, attempt, empty)
  local order, quantity, new = attempt.order, attempt.quantity, batch.new
  batch.left, batch.room = batch.left - quantity, batch.room - 1
  batch.wanted = batch.wanted + quantity
  attempt.slots = empty
  for i = 1, quantity do batch.slots[attempt.slot_names[empty[i]]] = order end
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
  if batch.orders[order] then return 'held' end -- a copy of it
  if attempt.epoch ~= batch.epoch then return { 'old-epoch' } end
  local deadline = tonumber(string.sub(order, 1, 8) .. string.sub(order, 10, 13), 16)
  if batch.now > deadline or deadline <= batch.floor then return { 'late' } end
  local known = attempt.key_field ~= '' and batch.keys[attempt.key_field]
  if known and string.sub(known, 38) ~= attempt.fingerprint then return { 'idempotency-mismatch' } end
  if known then return { 'repeated', string.sub(known, 1, 36) } end
  if not batch.open then return { 'not-open' } end
  local empty = empty_slots(batch, attempt)
  if not empty then return { 'limit-reached', unpack(orders_of(batch, attempt)) } end
  if batch.left < quantity then return { 'sold-out' } end
  if batch.room < 1 then return { 'stream-full' } end
  note_hold(batch, attempt, empty)
  return 'held'
end
