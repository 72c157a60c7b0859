-- Let go of an anonymous visitor's profile, leaving a forwarding note in its place (format: codec.py).
-- KEYS: 1 profile, 2 session, 3 dedupe set of this period, 4 dedupe set of the period before
-- ARGV: 1 target's key, 2 merge id, 3 ttl of the note (s)
-- Returns the note. An earlier note is returned as it stands while it is pending, or if it names the same target.
local note = '\193' .. ARGV[1] .. '\0' .. ARGV[2] .. '\0'
local stored = redis.call('GET', KEYS[1])
if stored and string.byte(stored) == 193 then
  local header = {}
  for part in string.gmatch(string.sub(stored, 2, 400), '([^%z]*)%z') do header[#header + 1] = part end
  local settled = #stored == 1 + #header[1] + #header[2] + #header[3] + #header[4] + 4
  if not settled or header[1] == ARGV[1] then return stored end
  stored = false
end
local session = redis.call('GET', KEYS[2]) or ''
local hashes = table.concat(redis.call('SUNION', KEYS[3], KEYS[4]), ',')
stored = stored or ''
note = note .. #stored .. '\0' .. #session .. '\0' .. stored .. session .. hashes
redis.call('SET', KEYS[1], note, 'EX', ARGV[3])
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
redis.pcall('PUBLISH', KEYS[1], ARGV[1]) -- who listens for this visitor is to listen for the target
return note
