-- Keep entries of one partition's log as its dead letters, each once.
-- KEYS: 1 dead letters (stream: `id` in the log, `raw` bytes, `reason`)
-- ARGV: 1 most that are kept (about), 2 seconds that the stream lives after the last burial, then per entry: id, raw, reason
-- Returns the number that were new.
local known = {}
for _, letter in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do known[letter[2][2]] = true end
local buried = 0
for i = 3, #ARGV, 3 do
  if not known[ARGV[i]] then
    known[ARGV[i]] = true
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'id', ARGV[i], 'raw', ARGV[i + 1], 'reason', ARGV[i + 2])
    buried = buried + 1
  end
end
if buried > 0 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return buried
