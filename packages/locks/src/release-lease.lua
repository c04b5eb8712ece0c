--[[
  Release a lease if it is still this grant's: compare and delete are one step.

  KEYS[1] lease:{name}   '<token> <holder>' (string)
  ARGV[1] '<token> <holder>' of the grant

  Returns 1, or 0 when it is over or another's: nothing changed
]]
local lease = KEYS[1]
local grant = ARGV[1]

if redis.call('GET', lease) ~= grant then return 0 end
return redis.call('DEL', lease)
