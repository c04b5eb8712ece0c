-- services/gateway/src/redis/read-bans.lua
--[[
  All bans as they are at one version, or only the version where the caller knows it.

  KEYS[1] {bans}:version  KEYS[2] {bans}:buyers (set)  KEYS[3] {bans}:tokens (sorted set)
  ARGV[1] version the caller knows

  Returns {'known', version}   {'forgot', version}: Redis knows less than the caller
          {'read', version, {buyer, ...}, {name of a token, its end in ms, ...}}
]]
local known_version = tonumber(ARGV[1])

local version = tonumber(redis.call('GET', KEYS[1]) or 0)
if version == known_version then return { 'known', version } end
if version < known_version then return { 'forgot', version } end

return {
  'read',
  version,
  redis.call('SMEMBERS', KEYS[2]),
  redis.call('ZRANGE', KEYS[3], 0, -1, 'WITHSCORES'),
}
