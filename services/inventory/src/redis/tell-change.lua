--[[
  Put in front of the scripts that change what a sale can give, each of which counts its changes in
  `version`. Tells all gateways of it in the same step: they hear of changes in their order, and of an
  order before its buyer does. The channel has the prefix of the sale's key in front.

  KEYS[1] sale:{id:segment}  epoch, counters, phase and versions (hash)
]]
local BUYERS_TOLD_BELOW = 1000 -- units free: before that nobody needs to know who has an order

local function tell_change(free, orders, buyers)
  local prefix, id = string.match(KEYS[1], '^(.*)sale:{([^:]+):%d+}$')
  local fields = { 'epoch', 'version', 'stock', 'stock_version', 'last', 'phase_version', 'phase' }
  local values = redis.call('HMGET', KEYS[1], unpack(fields))
  local number = function(i) return tonumber(values[i] or '0') end
  local left = redis.call('LLEN', free) + number(3) - number(5)
  if left >= BUYERS_TOLD_BELOW then buyers = nil end
  redis.call('PUBLISH', prefix .. 'broadcast:sales', cjson.encode({
    id = id, epoch = number(1), stock = number(3), phase = values[7],
    free = left, orders = redis.call('HLEN', orders),
    versions = { phase = number(6), stock = number(4), free = number(2) },
    buyers = buyers -- of the newest orders, one each
  }))
end
