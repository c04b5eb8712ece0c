--[[
  Put in front of a script that works on a batch: what a script costs is its calls, so fields of a hash
  are read and written many at a time.
]]
local AT_ONCE = 1000 -- arguments of one call: Lua's stack has an end

-- A table of those fields that the hash has.
local function read_fields(hash, names)
  local known = {}
  for i = 1, #names, AT_ONCE do
    local to = math.min(i + AT_ONCE - 1, #names)
    for j, value in ipairs(redis.call('HMGET', hash, unpack(names, i, to))) do
      if value then known[names[i + j - 1]] = value end
    end
  end
  return known
end

-- `flat`: fields and values in turn.
local function write_fields(hash, flat)
  for i = 1, #flat, AT_ONCE do
    redis.call('HSET', hash, unpack(flat, i, math.min(i + AT_ONCE - 1, #flat)))
  end
end

local function push(list, field, value)
  local n = #list
  list[n + 1], list[n + 2] = field, value
end
