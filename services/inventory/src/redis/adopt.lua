-- services/inventory/src/redis/adopt.lua
--[[
  Take a restarted Redis into use again, after a comparison with the ledger found nothing missing: its
  new run id is recorded. What may have been lost are floors, so the floor rises to now.

  KEYS[1] sale:{id:segment}  (hash)
  ARGV[1] epoch   ARGV[2] run id of the server that was compared

  Returns {'adopted'}  {'changed'}: another server, or another epoch, by now
]]
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if run_id ~= ARGV[2] or redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return { 'changed' } end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'run_id', run_id,
  'floor', time[1] * 1000 + math.floor(time[2] / 1000))
return { 'adopted' }
