-- Apply events to one visitor's profile and append them to the partition's log, all or nothing.
-- KEYS: 1 profile, 2 session, 3 dedupe set of this period, 4 dedupe set of the period before, 5 log stream
-- ARGV: 1 smallest log id kept (ms), then per event: hash, second hash or '', delta (codec.encode_delta), event as JSON
-- Returns {forwarding note}, or {'', rows cut, 1 applied | 0 duplicate per event ...}
local FEW = 4 -- events for which it does not pay to index the profile
local stored = redis.call('GET', KEYS[1])
if stored and string.byte(stored) == 193 then return {stored} end

local function is_known(hash)
  return hash ~= '' and (redis.call('SISMEMBER', KEYS[3], hash) == 1 or redis.call('SISMEMBER', KEYS[4], hash) == 1)
end

local is_new = redis.call('EXISTS', KEYS[3]) == 0
local profile
local reply = {'', 0}
for i = 2, #ARGV, 4 do
  local hash, other = ARGV[i], ARGV[i + 1]
  local known = is_known(hash) or is_known(other)
  redis.call('SADD', KEYS[3], hash, other ~= '' and other or hash)
  if not known then
    if not profile then
      profile = load_profile(stored, redis.call('GET', KEYS[2]))
      if #ARGV > 1 + 4 * FEW then index_sums(profile) end
    end
    merge(profile, unpack(cmsgpack.unpack(ARGV[i + 2])))
    redis.call('XADD', KEYS[5], 'MAXLEN', '~', MAX_LOG, '*', 'e', ARGV[i + 3])
  end
  reply[#reply + 1] = known and 0 or 1
end
-- The set is in use until two periods after the beginning of its own, and its first event came after that.
if is_new then redis.call('EXPIRE', KEYS[3], DEDUPE_TTL) end
if profile then
  reply[2] = save_profile(profile, KEYS)
  redis.call('XTRIM', KEYS[5], 'MINID', '~', ARGV[1])
end
return reply
