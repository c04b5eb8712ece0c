--[[
  R1: put in front of every stock script. A Redis that forgot refuses by itself: its run id is not the
  one that the last install wrote into the sale's hash, after a restart, a promotion or a flush.

  KEYS[1] the sale's hash

  Returns {'forgot'}  nothing was changed; else the script behind it goes on
]]
local server_run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if redis.call('HGET', KEYS[1], 'run_id') ~= server_run_id then return { 'forgot' } end
