-- services/inventory/src/redis/return-units.lua
--[[
  Give the units of one ended order back to the sale (R6). Running it again changes nothing: a unit
  goes back, and the slot that it fills is emptied, only while this order still holds the unit.

  KEYS[1] sale:{id:segment}           epoch and counters (hash)
  KEYS[2] sale:{id:segment}:eN:units  unit number -> order id that holds it (hash)
  KEYS[3] sale:{id:segment}:eN:free   unit numbers free to be sold again (list)
  KEYS[4] sale:{id:segment}:eN:slots  buyer:slot -> unit number that fills it (hash)
  KEYS[5] sale:{id:segment}:eN:orders order id -> quantity (hash)
  ARGV[1] epoch N   ARGV[2] order id   ARGV[3...] unit number, buyer:slot, ...

  Returns {'returned', count}   count 0: all were back already
          {'old-epoch', epoch}  nothing changed: read the sale again
]]
local sale, units, free, slots, orders = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local known_epoch, order = ARGV[1], ARGV[2]

local values = redis.call('HMGET', sale, 'epoch', 'stock', 'last')
local epoch, unsold = values[1], tonumber(values[2]) - tonumber(values[3])
if epoch ~= known_epoch then return { 'old-epoch', epoch } end

local count = 0
for i = 3, #ARGV, 2 do
  local unit, slot = ARGV[i], ARGV[i + 1]
  if redis.call('HGET', units, unit) == order then
    redis.call('HDEL', units, unit)
    redis.call('RPUSH', free, unit)
    count = count + 1
    local filled = redis.call('HGET', slots, slot)
    if filled == unit or filled == order then redis.call('HDEL', slots, slot) end -- order: as of before
  end
end
if count > 0 then
  redis.call('HINCRBY', sale, 'version', 1)
  if redis.call('LLEN', free) + unsold == count then tell_change(free, orders) end -- it was sold out
end
return { 'returned', count }
