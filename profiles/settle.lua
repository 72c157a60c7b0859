-- Empty a forwarding note once its target has absorbed it, unless the note has changed since.
-- KEYS: 1 profile   ARGV: 1 the note as it was, 2 the note without its payload, 3 ttl (s)
-- Returns 1 when it was replaced
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
