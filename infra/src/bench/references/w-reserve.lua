--[[
  W: one attempt, one step: the buyer's limit, the stock, and an entry for whoever writes orders.

  KEYS[1] stock left (string)   KEYS[2] buyer -> order (hash)   KEYS[3] orders to be written (stream)
  ARGV[1] order id   ARGV[2] buyer   ARGV[3] quantity   ARGV[4] key, or ''

  Returns 'held', 'limit-reached' or 'sold-out'
]]
local stock, buyers, stream = KEYS[1], KEYS[2], KEYS[3]
local order, buyer, quantity, key = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]

if redis.call('HEXISTS', buyers, buyer) == 1 then return 'limit-reached' end
if tonumber(redis.call('GET', stock) or 0) < quantity then return 'sold-out' end
redis.call('DECRBY', stock, quantity)
redis.call('HSET', buyers, buyer, order)
redis.call('XADD', stream, '*', 'order', order, 'buyer', buyer, 'quantity', quantity, 'key', key)
return 'held'
