-- services/inventory/src/redis/acknowledge.lua
--[[
  Forget stream entries that the ledger has on record: out of the group's list and out of the stream.

  KEYS[1] sale:{id:segment}            (hash, for the check in front)
  KEYS[2] sale:{id:segment}:eN:stream  what the ledger writer has still to write (stream)
  ARGV[1] group   ARGV[2...] entry ids

  Returns {'acknowledged', count}
]]
local stream, group = KEYS[2], ARGV[1]
local ids = { unpack(ARGV, 2) }
redis.call('XACK', stream, group, unpack(ids))
return { 'acknowledged', redis.call('XDEL', stream, unpack(ids)) }
