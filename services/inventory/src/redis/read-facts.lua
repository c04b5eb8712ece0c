-- services/inventory/src/redis/read-facts.lua
--[[
  What a gateway needs to know of a segment, and Redis' clock.

  KEYS[1] sale:{id:segment}            epoch and counters (hash)
  KEYS[2] sale:{id:segment}:eN:free    unit numbers free to be sold again (list)
  KEYS[3] sale:{id:segment}:eN:orders  order id -> quantity, outlives the hold (hash)
  ARGV[1] epoch N

  Returns {'facts', units free, now in ms, version of that number, orders made}  {'old-epoch', epoch}
]]
local values = redis.call('HMGET', KEYS[1], 'epoch', 'stock', 'last', 'version')
if values[1] ~= ARGV[1] then return { 'old-epoch', values[1] } end
local time = redis.call('TIME')
local free = redis.call('LLEN', KEYS[2]) + tonumber(values[2]) - tonumber(values[3])
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return { 'facts', free, now, tonumber(values[4] or '0'), redis.call('HLEN', KEYS[3]) }
