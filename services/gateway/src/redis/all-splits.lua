--[[
  Put in front of the scripts that tell how calls are split: {service, version, JSON, ...} of all services.
]]
local function all_splits(splits)
  local reply = {}
  local fields = redis.call('HGETALL', splits)
  for i = 1, #fields, 2 do
    local version = redis.call('HGET', splits, fields[i] .. ':version')
    if version then
      reply[#reply + 1] = fields[i]
      reply[#reply + 1] = version
      reply[#reply + 1] = fields[i + 1]
    end
  end
  return reply
end
