-- services/gateway/src/redis/set-canary.lua
--[[
  An operator sets how calls of some services are split; the others stay as they are. A version is Redis'
  time, or one more than the last: later than any roll-back of what stood there before.

  KEYS[1] gateways:{canary}:splits   service -> rule as JSON, service:version -> its version (hash)
  ARGV[1...] service, JSON, ...

  Returns {service, version, JSON, ...} of all
]]
local splits = KEYS[1]

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)

for i = 1, #ARGV, 2 do
  local service, rule = ARGV[i], ARGV[i + 1]
  local last = tonumber(redis.call('HGET', splits, service .. ':version') or 0)
  local version = string.format('%.0f', math.max(last + 1, now_ms))
  redis.call('HSET', splits, service, rule, service .. ':version', version)
end
return all_splits(splits)
