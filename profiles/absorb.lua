-- Merge a released profile into its target. Idempotent by merge id.
-- KEYS: 1 profile, 2 session, 3 dedupe set of this period, 4 dedupe set of the period before
-- ARGV: 1 hash of the merge id, 2 profile, 3 session ('' where there is none), then dedupe hashes
-- Returns how many rows were cut
local known = redis.call('SISMEMBER', KEYS[3], ARGV[1]) + redis.call('SISMEMBER', KEYS[4], ARGV[1])
if known > 0 then return 0 end

local profile = load_profile(redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2]))
local other = load_profile(ARGV[2] ~= '' and ARGV[2], ARGV[3] ~= '' and ARGV[3])
local cut = 0
if other.first then
  index_sums(profile)
  merge(profile, as_delta(other))
  cut = save_profile(profile, KEYS)
end
for i = 1, #ARGV do
  if i < 2 or i > 3 then redis.call('SADD', KEYS[3], ARGV[i]) end
end
redis.call('EXPIRE', KEYS[3], DEDUPE_TTL)
return cut
