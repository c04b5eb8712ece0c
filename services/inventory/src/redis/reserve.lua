-- services/inventory/src/redis/reserve.lua
--[[
  Take units for a batch of attempts, in order of arrival. Per attempt all or nothing: units, the
  buyer's slots, order, key and one stream entry are one step. A refused attempt changes nothing.
  What is known of all of them is read first, then each is decided, then all is written: only XADD is
  called for each.
  Once every unit was handed out, each batch that sells what came back is told to the gateways.

  KEYS[1] sale:{id:segment}           epoch, counters and times (hash)
  KEYS[2] sale:{id:segment}:eN:units  unit number -> order id that holds it (hash)
  KEYS[3] sale:{id:segment}:eN:free   unit numbers free to be sold again (list)
  KEYS[4] sale:{id:segment}:eN:slots  buyer:slot -> unit number that fills it (hash)
  KEYS[5] sale:{id:segment}:eN:keys   buyer and key -> order id:fingerprint, outlives the hold (hash)
  KEYS[6] sale:{id:segment}:eN:orders order id -> quantity, outlives the hold (hash)
  KEYS[7] sale:{id:segment}:eN:stream what the ledger writer has still to write (stream)
  ARGV[1] epoch N   ARGV[2] entries the stream may hold
  ARGV[3...] seven an attempt: order id, its epoch, buyer, key, key's field or '', fingerprint, quantity

  Returns {'old-epoch', epoch}  or {'done', reply...}, one reply an attempt:
  'held'  {'repeated', order}  {'limit-reached', order...}  {'idempotency-mismatch'}
  {'old-epoch'}  {'late'}  {'not-open'}  {'sold-out'}  {'stream-full'}
]]
local sale, units, free, slots, keys, orders, stream = unpack(KEYS)
local fields = { 'epoch', 'stock', 'last', 'floor', 'opens_at', 'closes_at', 'phase', 'per_buyer', 'version' }
local values = redis.call('HMGET', sale, unpack(fields))
local epoch, stock, last = values[1], tonumber(values[2]), tonumber(values[3])
if epoch ~= ARGV[1] then return { 'old-epoch', epoch } end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local open = values[7] == 'ready' and now >= tonumber(values[5]) and now < tonumber(values[6])
local per_buyer, free_count = tonumber(values[8]), redis.call('LLEN', free)

local attempts, order_ids, key_fields, slot_names = {}, {}, {}, {}
for i = 3, #ARGV, 7 do
  local order, attempt_epoch, buyer, key, key_field, fingerprint, quantity = unpack(ARGV, i, i + 6)
  local n, of_buyer = #attempts + 1, {}
  for slot = 1, open and per_buyer or 0 do
    of_buyer[slot] = buyer .. ':' .. slot
    slot_names[#slot_names + 1] = of_buyer[slot]
  end
  attempts[n] = { order = order, epoch = attempt_epoch, buyer = buyer, key = key, key_field = key_field,
    fingerprint = fingerprint, quantity = tonumber(quantity), slot_names = of_buyer }
  order_ids[n] = order
  if key_field ~= '' then key_fields[#key_fields + 1] = key_field end
end

local batch = {
  units = units, epoch = epoch, now = now, floor = tonumber(values[4]), open = open,
  per_buyer = per_buyer, left = free_count + stock - last,
  room = tonumber(ARGV[2]) - redis.call('XLEN', stream),
  orders = read_fields(orders, order_ids), keys = read_fields(keys, key_fields),
  slots = read_fields(slots, slot_names),
  holds = {}, wanted = 0, new = { units = {}, slots = {}, orders = {}, keys = {} },
}
local replies = { 'done' }
for i, attempt in ipairs(attempts) do replies[i + 1] = decide(batch, attempt) end
if #batch.holds == 0 then return replies end

local back = free_count > 0 and redis.call('LPOP', free, math.min(batch.wanted, free_count)) or {}
local handed, buyers = 0, {}
for n, hold in ipairs(batch.holds) do
  local held = {}
  for i = 1, hold.quantity do
    handed = handed + 1
    if not back[handed] then last = last + 1 end
    held[i] = back[handed] or tostring(last)
    push(batch.new.units, held[i], hold.order)
    push(batch.new.slots, hold.slot_names[hold.slots[i]], held[i])
  end
  local facts = { hold.order, epoch, table.concat(held, ','), table.concat(hold.slots, ','), hold.fingerprint }
  local text = table.concat(facts, ' ') -- each field of an entry costs its writer and its reader
  if hold.key == '' then redis.call('XADD', stream, '*', 'hold', text, 'buyer', hold.buyer)
  else redis.call('XADD', stream, '*', 'hold', text, 'buyer', hold.buyer, 'key', hold.key) end
  buyers[n] = hold.buyer
end
write_fields(units, batch.new.units)
write_fields(slots, batch.new.slots)
write_fields(orders, batch.new.orders)
write_fields(keys, batch.new.keys)
redis.call('HSET', sale, 'last', last, 'version', tonumber(values[9] or '0') + #batch.holds)
if last == stock then tell_change(free, orders, buyers) end
return replies
