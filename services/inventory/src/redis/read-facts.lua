-- services/inventory/src/redis/read-facts.lua
--[[
  What a gateway needs to know of a segment, and Redis' clock.

  KEYS[1] sale:{id:segment}          epoch and counters (hash)
  KEYS[2] sale:{id:segment}:eN:free  unit numbers free to be sold again (list)
  ARGV[1] epoch N

  Returns {'facts', units free, now in ms}  {'old-epoch', epoch}
]]
local values = redis.call('HMGET', KEYS[1], 'epoch', 'stock', 'last')
if values[1] ~= ARGV[1] then return { 'old-epoch', values[1] } end
local time = redis.call('TIME')
local free = redis.call('LLEN', KEYS[2]) + tonumber(values[2]) - tonumber(values[3])
return { 'facts', free, time[1] * 1000 + math.floor(time[2] / 1000) }
