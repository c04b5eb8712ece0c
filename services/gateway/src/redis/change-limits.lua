-- services/gateway/src/redis/change-limits.lua
--[[
  Set some of the limits, under a new version; the others stay as they are, so that two operators who
  set different ones at once undo nothing. A version is Redis' time, so that it is later also than one
  that Redis has forgotten and a gateway still knows.

  KEYS[1] gateways:{limits}:stored  version, and each limit that an operator has set, as JSON (hash)
  ARGV[1...] limit, JSON, ...

  Returns {version, limit, JSON, ...} of all that are set
]]
local stored = KEYS[1]

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local last_version = tonumber(redis.call('HGET', stored, 'version') or 0)
local version = math.max(last_version + 1, now_ms)

redis.call('HSET', stored, 'version', version, unpack(ARGV))
return with_limits({ version }, stored)
