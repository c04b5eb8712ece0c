-- services/inventory/src/redis/read-stock.lua
--[[
  Everything Redis knows of a segment, at one moment, for the audit and the reconciler. It has no check
  in front: what a Redis that forgot still knows is part of the answer.

  KEYS[1] sale:{id:segment}            epoch and counters (hash)
  KEYS[2] sale:{id:segment}:eN:units   KEYS[3] :free   KEYS[4] :slots   KEYS[5] :keys
  KEYS[6] sale:{id:segment}:eN:orders  KEYS[7] :stream

  Returns {hash, units, free, slots, keys, orders, stream entries, own run id}
]]
return {
  redis.call('HGETALL', KEYS[1]),
  redis.call('HGETALL', KEYS[2]),
  redis.call('LRANGE', KEYS[3], 0, -1),
  redis.call('HGETALL', KEYS[4]),
  redis.call('HGETALL', KEYS[5]),
  redis.call('HGETALL', KEYS[6]),
  redis.call('XRANGE', KEYS[7], '-', '+'),
  string.match(redis.call('INFO', 'server'), 'run_id:(%x+)'),
}
