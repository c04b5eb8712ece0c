-- services/gateway/src/redis/share-canary.lua
--[[
  Gateways tell each other how calls are split. Of each service the later version stands: what the caller
  knows later than Redis does is written, be it a roll-back or a rule that Redis has forgotten.

  KEYS[1] gateways:{canary}:splits   service -> rule as JSON, service:version -> its version (hash)
  ARGV[1...] service, version, JSON, ... that the caller knows

  Returns {service, version, JSON, ...} of all
]]
local splits = KEYS[1]

for i = 1, #ARGV, 3 do
  local service, version, rule = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local known = tonumber(redis.call('HGET', splits, service .. ':version') or 0)
  if tonumber(version) > known then
    redis.call('HSET', splits, service, rule, service .. ':version', version)
  end
end
return all_splits(splits)
