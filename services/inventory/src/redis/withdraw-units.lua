-- services/inventory/src/redis/withdraw-units.lua
--[[
  Take free units out of the sale (R19): returned ones first, then numbers never handed out. They
  leave with a stream entry, in one step, as a hold does; the ledger writer records them.

  KEYS[1] sale:{id:segment}           epoch and counters (hash)
  KEYS[2] sale:{id:segment}:eN:free   unit numbers free to be sold again (list)
  KEYS[3] sale:{id:segment}:eN:stream what the ledger writer has still to write (stream)
  KEYS[4] sale:{id:segment}:eN:orders order id -> quantity (hash)
  ARGV[1] epoch N   ARGV[2] operation id   ARGV[3] units wanted
  ARGV[4] 'all': all of them in this call, or nothing; 'some': as many as there are
  ARGV[5] for 'some': returned ones a call, at most

  Returns {'withdrawn', count}  {'too-few', free}  {'old-epoch', epoch}
]]
local sale, free, stream = KEYS[1], KEYS[2], KEYS[3]
local known_epoch, operation, wanted = ARGV[1], ARGV[2], tonumber(ARGV[3])

local values = redis.call('HMGET', sale, 'epoch', 'stock', 'last')
if values[1] ~= known_epoch then return { 'old-epoch', values[1] } end
local stock, last = tonumber(values[2]), tonumber(values[3])
local returned = redis.call('LLEN', free)
local all = ARGV[4] == 'all'
if all and returned + stock - last < wanted then
  return { 'too-few', returned + stock - last }
end

local ranges, count = {}, 0
local from_list = math.min(returned, wanted, all and wanted or tonumber(ARGV[5]))
if from_list > 0 then
  local units = redis.call('LPOP', free, from_list)
  for i, unit in ipairs(units) do units[i] = tonumber(unit) end
  table.sort(units)
  local first = units[1]
  for i, unit in ipairs(units) do
    if units[i + 1] ~= unit + 1 then
      ranges[#ranges + 1] = first .. '-' .. unit
      first = units[i + 1]
    end
  end
  count = #units
end
local fresh = math.min(stock - last, wanted - count)
if count == returned and fresh > 0 then
  ranges[#ranges + 1] = (last + 1) .. '-' .. (last + fresh)
  redis.call('HSET', sale, 'last', last + fresh)
  count = count + fresh
end
if count > 0 then
  redis.call('XADD', stream, '*', 'withdrawal', operation, 'epoch', known_epoch,
    'ranges', table.concat(ranges, ','))
  redis.call('HINCRBY', sale, 'version', 1)
  if count == returned + stock - last then tell_change(free, KEYS[4]) end -- nothing is left
end
return { 'withdrawn', count }
