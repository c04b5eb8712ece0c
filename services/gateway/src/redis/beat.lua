-- services/gateway/src/redis/beat.lua
--[[
  A gateway says that it lives, and learns how many do. Whoever was silent for too long is gone for all
  others in the same step.

  KEYS[1] gateways:{limits}:beats  gateway -> Redis' time of its last beat, ms (sorted set)
  ARGV[1] gateway                  ARGV[2] ms of silence after which one is gone

  Returns how many gateways are alive
]]
local beats, gateway, silence_ms = KEYS[1], ARGV[1], tonumber(ARGV[2])

local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)

redis.call('ZADD', beats, now_ms, gateway)
redis.call('ZREMRANGEBYSCORE', beats, '-inf', '(' .. (now_ms - silence_ms))
return redis.call('ZCARD', beats)
