-- services/inventory/src/redis/reserve.lua
--[[
  Take units for a batch of attempts, in order of arrival. Per attempt all or nothing: units, the
  buyer's slots, order, key and one stream entry are one step. A refused attempt changes nothing.
  What is known of all of them is read first, then each is decided, then all is written: calls are
  what a script costs, so none but XADD is made for each attempt.
  Once every unit was handed out, each batch that sells what came back is told to the gateways.

  KEYS[1] sale:{id:segment}           epoch, counters and times (hash)
  KEYS[2] sale:{id:segment}:eN:units  unit number -> order id that holds it (hash)
  KEYS[3] sale:{id:segment}:eN:free   unit numbers free to be sold again (list)
  KEYS[4] sale:{id:segment}:eN:slots  buyer:slot -> order id, one slot a unit (hash)
  KEYS[5] sale:{id:segment}:eN:keys   buyer and key -> order id:fingerprint, outlives the hold (hash)
  KEYS[6] sale:{id:segment}:eN:orders order id -> quantity, outlives the hold (hash)
  KEYS[7] sale:{id:segment}:eN:stream what the ledger writer has still to write (stream)
  ARGV[1] epoch N   ARGV[2] entries the stream may hold
  ARGV[3...] seven an attempt: order id, its epoch, buyer, key, key's field or '', fingerprint, quantity

  Returns {'old-epoch', epoch}  or {'done', reply...}, one reply an attempt:
  {'held', order}  {'repeated', order}  {'limit-reached', order...}  {'idempotency-mismatch'}
  {'old-epoch'}  {'late'}  {'not-open'}  {'sold-out'}  {'stream-full'}
]]
local sale, units, free, slots, keys, orders, stream = unpack(KEYS)
local fields = { 'epoch', 'stock', 'last', 'floor', 'opens_at', 'closes_at', 'phase', 'per_buyer', 'version' }
local values = redis.call('HMGET', sale, unpack(fields))
local epoch, stock, last, floor = values[1], tonumber(values[2]), tonumber(values[3]), tonumber(values[4])
if epoch ~= ARGV[1] then return { 'old-epoch', epoch } end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local open = values[7] == 'ready' and now >= tonumber(values[5]) and now < tonumber(values[6])
local per_buyer = tonumber(values[8])
local free_count = redis.call('LLEN', free)
local left = free_count + stock - last
local room = tonumber(ARGV[2]) - redis.call('XLEN', stream)
local AT_ONCE = 1000 -- arguments of one call: Lua's stack has an end

local attempts, order_ids, key_fields, slot_names = {}, {}, {}, {}
for i = 3, #ARGV, 7 do
  local order, attempt_epoch, buyer, key, key_field, fingerprint, quantity = unpack(ARGV, i, i + 6)
  local n = #attempts + 1
  attempts[n] = { order = order, epoch = attempt_epoch, buyer = buyer, key = key, key_field = key_field,
    fingerprint = fingerprint, quantity = tonumber(quantity) }
  order_ids[n], key_fields[n] = order, key_field
  if open then
    for slot = 1, per_buyer do slot_names[#slot_names + 1] = buyer .. ':' .. slot end
  end
end

--- What each of these fields has, and what this batch has put there.
local function read(hash, names)
  local known = {}
  for i = 1, #names, AT_ONCE do
    local to = math.min(i + AT_ONCE - 1, #names)
    for j, value in ipairs(redis.call('HMGET', hash, unpack(names, i, to))) do
      if value then known[names[i + j - 1]] = value end
    end
  end
  return known
end

--- Fields and values in turn.
local function write(hash, flat)
  for i = 1, #flat, AT_ONCE do
    redis.call('HSET', hash, unpack(flat, i, math.min(i + AT_ONCE - 1, #flat)))
  end
end

local known_orders, known_keys = read(orders, order_ids), read(keys, key_fields)
local known_slots = read(slots, slot_names)
local holds, wanted = {}, 0
local new = { slots = {}, orders = {}, keys = {}, units = {} }

local function empty_slots(buyer, quantity)
  local empty, taken = {}, {}
  for slot = 1, per_buyer do
    local order = known_slots[buyer .. ':' .. slot]
    if not order then empty[#empty + 1] = slot else taken[#taken + 1] = order end
  end
  if #empty < quantity then return nil, taken end
  return empty
end

local function decide(attempt)
  local order, key_field, quantity = attempt.order, attempt.key_field, attempt.quantity
  if known_orders[order] then return { 'held', order } end -- a copy of it
  if attempt.epoch ~= epoch then return { 'old-epoch' } end
  local deadline = tonumber(string.sub(order, 1, 8) .. string.sub(order, 10, 13), 16)
  if now > deadline or deadline <= floor then return { 'late' } end
  local known = key_field ~= '' and known_keys[key_field]
  if known and string.sub(known, 38) ~= attempt.fingerprint then return { 'idempotency-mismatch' } end
  if known then return { 'repeated', string.sub(known, 1, 36) } end
  if not open then return { 'not-open' } end
  local empty, taken = empty_slots(attempt.buyer, quantity)
  if not empty then return { 'limit-reached', unpack(taken) } end
  if left < quantity then return { 'sold-out' } end
  if room < 1 then return { 'stream-full' } end

  left, room, wanted = left - quantity, room - 1, wanted + quantity
  attempt.slots = {}
  for i = 1, quantity do
    local name = attempt.buyer .. ':' .. empty[i]
    attempt.slots[i], known_slots[name] = empty[i], order
    new.slots[#new.slots + 1] = name
    new.slots[#new.slots + 1] = order
  end
  known_orders[order] = quantity
  new.orders[#new.orders + 1] = order
  new.orders[#new.orders + 1] = quantity
  if key_field ~= '' then
    known_keys[key_field] = order .. ':' .. attempt.fingerprint
    new.keys[#new.keys + 1] = key_field
    new.keys[#new.keys + 1] = known_keys[key_field]
  end
  holds[#holds + 1] = attempt
  return { 'held', order }
end

local replies = { 'done' }
for i, attempt in ipairs(attempts) do replies[i + 1] = decide(attempt) end
if #holds == 0 then return replies end

local from_free = math.min(wanted, free_count)
local back = from_free > 0 and redis.call('LPOP', free, from_free) or {}
local handed, buyers = 0, {}
for n, hold in ipairs(holds) do
  local held = {}
  for i = 1, hold.quantity do
    handed = handed + 1
    local unit = back[handed]
    if not unit then
      last = last + 1
      unit = tostring(last)
    end
    held[i] = unit
    new.units[#new.units + 1] = unit
    new.units[#new.units + 1] = hold.order
  end
  redis.call('XADD', stream, '*', 'hold', hold.order, 'epoch', epoch, 'buyer', hold.buyer, 'key', hold.key,
    'fingerprint', hold.fingerprint, 'units', table.concat(held, ','), 'slots', table.concat(hold.slots, ','))
  buyers[n] = hold.buyer
end
write(units, new.units)
write(slots, new.slots)
write(orders, new.orders)
write(keys, new.keys)
redis.call('HSET', sale, 'last', last, 'version', tonumber(values[9] or '0') + #holds)
if last == stock then tell_change(free, orders, buyers) end
return replies
