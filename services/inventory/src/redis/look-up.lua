-- services/inventory/src/redis/look-up.lua
--[[
  What became of an order id (R9)? When it is not known here and its deadline has passed, raise the
  floor first: a late copy of the attempt is then refused by reserve.lua, whatever the clocks say.

  KEYS[1] sale:{id:segment}            epoch and floor (hash)
  KEYS[2] sale:{id:segment}:eN:orders  order id -> quantity (hash)
  ARGV[1] epoch N   ARGV[2] order id   ARGV[3] its deadline, ms

  Returns {'held', quantity}  {'too-early'}  {'absent'}  {'old-epoch', epoch}
]]
local sale, orders = KEYS[1], KEYS[2]
local known_epoch, order, deadline = ARGV[1], ARGV[2], tonumber(ARGV[3])

local values = redis.call('HMGET', sale, 'epoch', 'floor')
if values[1] ~= known_epoch then return { 'old-epoch', values[1] } end

local quantity = redis.call('HGET', orders, order)
if quantity then return { 'held', quantity } end

local time = redis.call('TIME')
if time[1] * 1000 + math.floor(time[2] / 1000) <= deadline then return { 'too-early' } end
if tonumber(values[2]) < deadline then redis.call('HSET', sale, 'floor', ARGV[3]) end
return { 'absent' }
