-- services/inventory/src/redis/keep-config.lua
--[[
  Keep the configuration that Postgres has, and tell everyone of it, unless Redis has one that is as new.
  Safe to repeat: it is run again and again, for a Redis that forgot.

  KEYS[1] {config}:stored  version, document as JSON (hash)
  ARGV[1] version          ARGV[2] document as JSON         ARGV[3] channel

  Returns 1 when it was news, 0 when not
]]
local stored, version, document, channel = KEYS[1], ARGV[1], ARGV[2], ARGV[3]

local known_version = tonumber(redis.call('HGET', stored, 'version') or 0)
if tonumber(version) <= known_version then return 0 end

redis.call('HSET', stored, 'version', version, 'document', document)
redis.call('PUBLISH', channel, '{"version":' .. version .. ',"document":' .. document .. '}')
return 1
