-- Create or replace products, and remember when each was first seen.
-- KEYS: 1 products (hash, id -> JSON), 2 first seen (hash, id -> Unix seconds), 3 stream of changes
-- ARGV: 1 now (Unix s, as text), 2 about how many changes to keep, 3 ids as a JSON array, then id and JSON in turn
-- Returns how many are new. No TTL: the catalogue is the shop's.
local created = 0
for i = 4, #ARGV, 2 do
  -- A product that was there before dates were kept is not new, so only what HSET creates gets one.
  if redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) == 1 then
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[1])
    created = created + 1
  end
end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[2], '*', 'p', ARGV[3])
return created
