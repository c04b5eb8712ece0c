--[[
  Extend a lease if it is still this grant's: compare and set are one step.

  KEYS[1] lease:{name}   '<token> <holder>' (string)
  ARGV[1] '<token> <holder>' of the grant   ARGV[2] its time from now in ms

  Returns 1, or 0 when it is over or another's: nothing changed
]]
local lease = KEYS[1]
local grant, ttl_ms = ARGV[1], ARGV[2]

if redis.call('GET', lease) ~= grant then return 0 end
return redis.call('PEXPIRE', lease, ttl_ms)
