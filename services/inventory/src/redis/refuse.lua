-- services/inventory/src/redis/refuse.lua
--[[
  Make Redis refuse a segment, whatever made its stock wrong: without a recorded run id every stock
  script answers `forgot` (R1), until the next install. The first step of a rebuild (R3). The mark it
  leaves shows the last step that nobody has emptied this server in between.

  KEYS[1] sale:{id:segment}  (hash)
  ARGV[1] epoch of the ledger: a Redis that is beyond it is left as it is   ARGV[2] mark of the rebuild

  Returns {epoch in use, '0' when none, own run id}
]]
local epoch = redis.call('HGET', KEYS[1], 'epoch') or '0'
if tonumber(epoch) <= tonumber(ARGV[1]) then
  redis.call('HDEL', KEYS[1], 'run_id')
  redis.call('HSET', KEYS[1], 'rebuilding', ARGV[2])
end
return { epoch, string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') }
