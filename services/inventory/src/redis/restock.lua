-- services/inventory/src/redis/restock.lua
--[[
  Raise the highest unit number that may be handed out, once per version of the stock (R19).

  KEYS[1] sale:{id:segment}            epoch and counters (hash)
  KEYS[2] sale:{id:segment}:eN:free    unit numbers free to be sold again (list)
  KEYS[3] sale:{id:segment}:eN:orders  order id -> quantity (hash)
  ARGV[1] epoch   ARGV[2] stock: the highest unit number   ARGV[3] its version in the ledger

  Returns {'restocked'}  {'known'}: this version or a later one is in place  {'old-epoch', epoch}
]]
local sale = KEYS[1]
local values = redis.call('HMGET', sale, 'epoch', 'stock_version')
if values[1] ~= ARGV[1] then return { 'old-epoch', values[1] } end
if tonumber(values[2]) >= tonumber(ARGV[3]) then return { 'known' } end

redis.call('HSET', sale, 'stock', ARGV[2], 'stock_version', ARGV[3])
redis.call('HINCRBY', sale, 'version', 1)
tell_change(KEYS[2], KEYS[3])
return { 'restocked' }
