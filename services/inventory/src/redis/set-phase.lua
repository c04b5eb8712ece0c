-- services/inventory/src/redis/set-phase.lua
--[[
  Pause, resume or close a sale, in the order the ledger decided it.

  KEYS[1] sale:{id:segment}            (hash)
  KEYS[2] sale:{id:segment}:eN:free    unit numbers free to be sold again (list)
  KEYS[3] sale:{id:segment}:eN:orders  order id -> quantity (hash)
  ARGV[1] epoch   ARGV[2] phase   ARGV[3] its version in the ledger

  Returns {'set'}  {'known'}: this version or a later one is in place  {'old-epoch', epoch}
]]
local values = redis.call('HMGET', KEYS[1], 'epoch', 'phase_version')
if values[1] ~= ARGV[1] then return { 'old-epoch', values[1] } end
if tonumber(values[2]) >= tonumber(ARGV[3]) then return { 'known' } end

redis.call('HSET', KEYS[1], 'phase', ARGV[2], 'phase_version', ARGV[3])
tell_change(KEYS[2], KEYS[3])
return { 'set' }
