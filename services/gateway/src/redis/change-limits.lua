-- services/gateway/src/redis/change-limits.lua
--[[
  Set some of the limits, under a new version; the others stay as they are, so that two operators who
  set different ones at once undo nothing.

  KEYS[1] gateways:{limits}:stored  version, and each limit that an operator has set, as JSON (hash)
  ARGV[1...] limit, JSON, ...

  Returns {version, limit, JSON, ...} of all that are set
]]
local stored = KEYS[1]

redis.call('HSET', stored, unpack(ARGV))
local reply = { redis.call('HINCRBY', stored, 'version', 1) }
local fields = redis.call('HGETALL', stored)
for i = 1, #fields, 2 do
  if fields[i] ~= 'version' then
    reply[#reply + 1] = fields[i]
    reply[#reply + 1] = fields[i + 1]
  end
end
return reply
