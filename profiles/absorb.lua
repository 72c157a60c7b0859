-- Merge a released profile into its target. Idempotent by merge id.
-- KEYS: 1 profile, 2 session, 3 dedupe set of this period, 4 dedupe set of the period before
-- ARGV: 1 profile ttl, 2 session ttl, 3 dedupe ttl (s); 4 interests, 5 marks, 6 recent (rows kept);
--       7 hash of the merge id, 8 profile, 9 session ('' where there is none), then dedupe hashes
-- Returns how many rows were cut
local known = redis.call('SISMEMBER', KEYS[3], ARGV[7]) + redis.call('SISMEMBER', KEYS[4], ARGV[7])
if known > 0 then return 0 end

local profile = load_profile(redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2]))
local other = load_profile(ARGV[8] ~= '' and ARGV[8], ARGV[9] ~= '' and ARGV[9])
local cut = 0
if other.first then
  index_sums(profile)
  merge(profile, as_delta(other))
  cut = save_profile(profile, KEYS, {ARGV[1], ARGV[2]}, {tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])})
end
for i = 7, #ARGV do
  if i < 8 or i > 9 then redis.call('SADD', KEYS[3], ARGV[i]) end
end
redis.call('EXPIRE', KEYS[3], ARGV[3])
return cut
