--[[
  Put in front of the scripts that tell the limits which operators have set: limit, JSON, ... go behind
  what is in `reply`.
]]
local function with_limits(reply, stored)
  local fields = redis.call('HGETALL', stored)
  for i = 1, #fields, 2 do
    if fields[i] ~= 'version' then
      reply[#reply + 1] = fields[i]
      reply[#reply + 1] = fields[i + 1]
    end
  end
  return reply
end
