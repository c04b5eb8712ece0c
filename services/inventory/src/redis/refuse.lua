-- services/inventory/src/redis/refuse.lua
--[[
  Make Redis refuse a segment, whatever made its stock wrong: without a recorded run id every stock
  script answers `forgot` (R1), until the next install. The first step of a rebuild (R3).

  KEYS[1] sale:{id:segment}  (hash)
  ARGV[1] epoch of the ledger: a Redis that is beyond it is left as it is

  Returns {epoch in use, '0' when none, own run id}
]]
local epoch = redis.call('HGET', KEYS[1], 'epoch') or '0'
if tonumber(epoch) <= tonumber(ARGV[1]) then redis.call('HDEL', KEYS[1], 'run_id') end
return { epoch, string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') }
