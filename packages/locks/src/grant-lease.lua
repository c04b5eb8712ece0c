--[[
  Grant a lease unless another holder has it: look, count and set are one step. A holder of the same
  name has died and is succeeded at once. The token rises with each grant, and is not below the time
  in microseconds, so that a server that forgot everything hands out no lower one.

  KEYS[1] lease:{name}        '<token> <holder>' (string), gone when its time is over
  KEYS[2] lease:{name}:token  the last token (string), without an end: it must only rise
  ARGV[1] holder   ARGV[2] its time in ms

  Returns the token, or false while another holder has it
]]
local lease, last = KEYS[1], KEYS[2]
local holder, ttl_ms = ARGV[1], ARGV[2]

local held = redis.call('GET', lease)
if held and string.match(held, '^%d+ (.*)$') ~= holder then return false end

local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]
local token = math.max((tonumber(redis.call('GET', last)) or 0) + 1, now_us)
local text = string.format('%.0f', token)
redis.call('SET', last, text)
redis.call('SET', lease, text .. ' ' .. holder, 'PX', ttl_ms)
return token
