-- services/inventory/src/redis/reserve.lua
--[[
  Take units for a batch of attempts, in order of arrival. Per attempt all or nothing: units, the
  buyer's slots, order, key and one stream entry are one step. A refused attempt changes nothing.
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
local room = tonumber(ARGV[2]) - redis.call('XLEN', stream)
local version, buyers = tonumber(values[9] or '0'), {} -- of new orders

local function empty_slots(buyer, quantity)
  local names, empty, taken = {}, {}, {}
  for slot = 1, tonumber(values[8]) do names[slot] = buyer .. ':' .. slot end
  for slot, order in ipairs(redis.call('HMGET', slots, unpack(names))) do
    if not order then empty[#empty + 1] = slot else taken[#taken + 1] = order end
  end
  if #empty < quantity then return nil, taken end
  return empty
end

local function take(order, attempt_epoch, buyer, key, key_field, fingerprint, quantity)
  if redis.call('HEXISTS', orders, order) == 1 then return { 'held', order } end -- a copy of it
  if attempt_epoch ~= epoch then return { 'old-epoch' } end
  local deadline = tonumber(string.sub(order, 1, 8) .. string.sub(order, 10, 13), 16)
  if now > deadline or deadline <= floor then return { 'late' } end
  local known = key_field ~= '' and redis.call('HGET', keys, key_field)
  if known and string.sub(known, 38) ~= fingerprint then return { 'idempotency-mismatch' } end
  if known then return { 'repeated', string.sub(known, 1, 36) } end
  if not open then return { 'not-open' } end
  local empty, taken = empty_slots(buyer, quantity)
  if not empty then return { 'limit-reached', unpack(taken) } end
  if redis.call('LLEN', free) + stock - last < quantity then return { 'sold-out' } end
  if room < 1 then return { 'stream-full' } end

  local held = redis.call('LPOP', free, quantity) or {}
  while #held < quantity do last = last + 1; held[#held + 1] = tostring(last) end
  local held_slots = {}
  for i, unit in ipairs(held) do
    held_slots[i] = empty[i]
    redis.call('HSET', units, unit, order)
    redis.call('HSET', slots, buyer .. ':' .. empty[i], order)
  end
  version = version + 1
  redis.call('HSET', sale, 'last', last, 'version', version)
  redis.call('HSET', orders, order, quantity)
  if key_field ~= '' then redis.call('HSET', keys, key_field, order .. ':' .. fingerprint) end
  redis.call('XADD', stream, '*', 'hold', order, 'epoch', epoch, 'buyer', buyer, 'key', key,
    'fingerprint', fingerprint, 'units', table.concat(held, ','), 'slots', table.concat(held_slots, ','))
  room, buyers[#buyers + 1] = room - 1, buyer
  return { 'held', order }
end

local replies = { 'done' }
for i = 3, #ARGV, 7 do
  local order, attempt_epoch, buyer, key, key_field, fingerprint, quantity = unpack(ARGV, i, i + 6)
  replies[#replies + 1] = take(order, attempt_epoch, buyer, key, key_field, fingerprint, tonumber(quantity))
end
if #buyers > 0 and last == stock then tell_change(free, orders, buyers) end
return replies
