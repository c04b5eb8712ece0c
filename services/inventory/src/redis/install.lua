-- services/inventory/src/redis/install.lua
--[[
  Take a segment's keys into use at a new epoch. The keys named by that epoch hold what they should
  already (nothing, for a new sale); this switches to them in one step and records whose word it is.

  KEYS[1] sale:{id:segment}            epoch, counters and times (hash)
  KEYS[2] sale:{id:segment}:eN:free    unit numbers free to be sold again (list)
  KEYS[3] sale:{id:segment}:eN:orders  order id -> quantity (hash)
  ARGV[1] epoch              ARGV[2] highest unit number handed out
  ARGV[3] stock: the highest unit number     ARGV[4] its version
  ARGV[5] opens at, ms       ARGV[6] closes at, ms
  ARGV[7] phase              ARGV[8] its version
  ARGV[9] per-buyer limit
  ARGV[10] run id of the server that was given those keys   ARGV[11] mark of this rebuild; '' for a new sale

  Returns {'installed', epoch}  or, with nothing changed,
          {'newer', epoch}: Redis is there or beyond already
          {'other-server', run id}: restarted, emptied, or another: it may lack some of the keys
]]
local epoch = tonumber(ARGV[1])
local current = tonumber(redis.call('HGET', KEYS[1], 'epoch') or '0')
if current >= epoch then return { 'newer', tostring(current) } end
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local is_same = ARGV[10] == run_id and redis.call('HGET', KEYS[1], 'rebuilding') == ARGV[11]
if ARGV[10] ~= '' and not is_same then return { 'other-server', run_id } end
redis.call('HDEL', KEYS[1], 'rebuilding')

local time = redis.call('TIME')
redis.call('HSET', KEYS[1],
  'epoch', ARGV[1], 'last', ARGV[2], 'stock', ARGV[3], 'stock_version', ARGV[4],
  'opens_at', ARGV[5], 'closes_at', ARGV[6], 'phase', ARGV[7], 'phase_version', ARGV[8],
  'per_buyer', ARGV[9], 'floor', time[1] * 1000 + math.floor(time[2] / 1000),
  'run_id', run_id, 'version', 0)
tell_change(KEYS[2], KEYS[3])
return { 'installed', ARGV[1] }
