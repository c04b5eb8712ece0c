-- services/gateway/src/redis/beat.lua
--[[
  A gateway says that it lives, and learns how many do and what the limits are. Whoever was silent for
  too long is gone for all others in the same step. What the gateway knows of a later version of the
  limits than Redis does, Redis has forgotten: it is written again.

  KEYS[1] gateways:{limits}:beats   gateway -> Redis' time of its last beat, ms (sorted set)
  KEYS[2] gateways:{limits}:stored  version, and each limit that an operator has set, as JSON (hash)
  ARGV[1] gateway   ARGV[2] ms of silence after which one is gone
  ARGV[3] version known to it   ARGV[4...] limit, JSON, ... of that version

  Returns {gateways alive, version, limit, JSON, ...}
]]
local beats, stored = KEYS[1], KEYS[2]
local gateway, silence_ms, known_version = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local version = tonumber(redis.call('HGET', stored, 'version') or 0)

redis.call('ZADD', beats, now_ms, gateway)
redis.call('ZREMRANGEBYSCORE', beats, '-inf', '(' .. (now_ms - silence_ms))
if known_version > version then
  version = known_version
  redis.call('DEL', stored)
  redis.call('HSET', stored, 'version', version, unpack(ARGV, 4))
end

return with_limits({ redis.call('ZCARD', beats), version }, stored)
