-- services/gateway/src/redis/change-bans.lua
--[[
  Ban a buyer, let one in again or withdraw a token, give the change the next version, and tell all
  gateways. Running it again changes nothing and gives no new version.

  KEYS[1] {bans}:version  how many changes there were
  KEYS[2] {bans}:buyers   who is banned (set)
  KEYS[3] {bans}:tokens   name of a withdrawn token -> when it ends by itself, in ms (sorted set)
  ARGV[1] version the caller knows   ARGV[2] 'ban', 'unban' or 'withdraw'   ARGV[3] buyer or name
  ARGV[4] when the token ends, in ms   ARGV[5] the most there may be of each   ARGV[6] channel

  Returns {'changed', version}
          {'known', version}   it was so before
          {'full', version}    nothing changed
          {'forgot', version}  nothing changed: Redis knows less than the caller, who tells it first
]]
local version_key, buyers, tokens = KEYS[1], KEYS[2], KEYS[3]
local known_version, change, name = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local ends_at, most, channel = ARGV[4], tonumber(ARGV[5]), ARGV[6]

local version = tonumber(redis.call('GET', version_key) or 0)
if version < known_version then return { 'forgot', version } end

if change == 'withdraw' then
  local time = redis.call('TIME')
  -- Those refuse themselves by now, by any clock.
  redis.call('ZREMRANGEBYSCORE', tokens, '-inf', (time[1] - 86400) * 1000)
  if redis.call('ZSCORE', tokens, name) then return { 'known', version } end
  if redis.call('ZCARD', tokens) >= most then return { 'full', version } end
  redis.call('ZADD', tokens, ends_at, name)
else
  local is_banned = redis.call('SISMEMBER', buyers, name) == 1
  if is_banned == (change == 'ban') then return { 'known', version } end
  if change == 'ban' and redis.call('SCARD', buyers) >= most then return { 'full', version } end
  redis.call(change == 'ban' and 'SADD' or 'SREM', buyers, name)
end

version = redis.call('INCR', version_key)
local told = { version = version, change = change }
if change == 'withdraw' then
  told.token, told.endsAtMs = name, tonumber(ends_at)
else
  told.buyer = name
end
redis.call('PUBLISH', channel, cjson.encode(told))
return { 'changed', version }
