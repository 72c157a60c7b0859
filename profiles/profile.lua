-- Shared by apply.lua and absorb.lua: a stored profile as Lua tables, and merge. Mirrors profile.py; formats: codec.py.
local SCHEMA = 2
local SESSION_HORIZON = 48
local LN2 = math.log(2)

local function logaddexp2(a, b)
  if a < b then a, b = b, a end
  return a + math.log(1 + 2 ^ (b - a)) / LN2
end

-- Positions of the keys of a flat list {key, number, ...}.
local function index(list)
  local at = {}
  for i = 1, #list, 2 do at[list[i]] = i end
  return at
end

-- Position of one key, for lists in which an event looks for one key or none.
local function find(list, width, key)
  for i = 1, #list, width do
    if list[i] == key then return i end
  end
end

-- Merge {key, log sum, ...}.
local function merge_sums(into, at, from)
  for i = 1, #from, 2 do
    local key, value = from[i], from[i + 1]
    local j = at[key]
    if j then
      into[j + 1] = logaddexp2(into[j + 1], value)
    else
      j = #into + 1
      into[j], into[j + 1], at[key] = key, value, j
    end
  end
end

-- Merge {type, count, ...}.
local function merge_counts(into, from)
  for i = 1, #from, 2 do
    local j = find(into, 2, from[i]) or #into + 1
    into[j], into[j + 1] = from[i], (into[j + 1] or 0) + from[i + 1]
  end
end

local function supersedes(time, value, known_time, known)
  if time ~= known_time then return time > known_time end
  if type(value) == 'string' or type(known) == 'string' then
    return redis.sha1hex(tostring(value)) < redis.sha1hex(tostring(known))
  end
  return value < known
end

-- Merge {key, time, value, ...}: the later time wins.
local function merge_marks(into, from)
  for i = 1, #from, 3 do
    local key, time, value = from[i], from[i + 1], from[i + 2]
    local j = find(into, 3, key)
    if not j then
      j = #into + 1
      into[j], into[j + 1], into[j + 2] = key, time, value
    elseif supersedes(time, value, into[j + 1], into[j + 2]) then
      into[j + 1], into[j + 2] = time, value
    end
  end
end

-- Insert {time, type, product, ...} into a list sorted newest first; equal times are ordered by hash.
local function merge_recent(into, from)
  for i = 1, #from, 3 do
    local time, kind, product = from[i], from[i + 1], from[i + 2]
    local j = 1
    while into[j] and (into[j] > time or (into[j] == time and
        redis.sha1hex(into[j + 1] .. into[j + 2]) <= redis.sha1hex(kind .. product))) do j = j + 3 end
    table.insert(into, j, product)
    table.insert(into, j, kind)
    table.insert(into, j, time)
  end
end

-- Cut a flat list to the `limit` rows with the greatest number in column 2; returns how many rows went.
local function bound(list, width, limit)
  local excess = #list / width - limit
  if excess <= 0 then return 0 end
  local rows = {}
  for i = 1, #list, width do rows[#rows + 1] = {list[i], list[i + 1], list[i + 2]} end
  table.sort(rows, function(a, b)
    if a[2] ~= b[2] then return a[2] > b[2] end
    return redis.sha1hex(a[1]) < redis.sha1hex(b[1])
  end)
  for r = 1, limit do
    for c = 1, width do list[(r - 1) * width + c] = rows[r][c] end
  end
  for i = #list, limit * width + 1, -1 do list[i] = nil end
  return excess
end

-- Ages of a stored profile to times, and back; times and ages are ms (codec.py).
local function to_times(p)
  for i = 2, #p.marks, 3 do p.marks[i] = p.last - p.marks[i] end
  local time = p.last
  for i = 1, #p.recent, 3 do
    time = time - p.recent[i]
    p.recent[i] = time
  end
end

local function to_ages(p)
  for i = 2, #p.marks, 3 do p.marks[i] = p.last - p.marks[i] end
  local before = p.last
  for i = 1, #p.recent, 3 do
    local time = p.recent[i]
    p.recent[i] = before - time
    before = time
  end
end

local function load_profile(stored, session)
  local p = {sums = {}, counts = {}, marks = {}, recent = {}, session = {}}
  if stored then
    local schema, life
    schema, p.sums, p.counts, p.marks, p.recent, life, p.last = unpack(cmsgpack.unpack(stored))
    if schema ~= SCHEMA then error('profile schema ' .. tostring(schema) .. ' is not ' .. SCHEMA) end
    p.first = p.last - life
    to_times(p)
    local faded = session and cmsgpack.unpack(session) or {}
    for i = 2, #faded, 2 do
      p.session[i - 1], p.session[i] = p.sums[faded[i] * 2 + 1], faded[i + 1]
    end
  end
  p.sums_at, p.session_at = index(p.sums), index(p.session)
  return p
end

-- Merge the parts of another profile, in the order of a delta (codec.py), into `p`.
local function merge(p, sums, counts, marks, recent, first, last, session)
  merge_sums(p.sums, p.sums_at, sums)
  merge_sums(p.session, p.session_at, session)
  merge_counts(p.counts, counts)
  merge_marks(p.marks, marks)
  merge_recent(p.recent, recent)
  p.first = p.first and math.min(p.first, first) or first
  p.last = p.last and math.max(p.last, last) or last
end

-- The session for storage: positions in `sums`, without what has faded.
local function pack_session(p)
  local floor = -math.huge
  for i = 2, #p.session, 2 do floor = math.max(floor, p.session[i] - SESSION_HORIZON) end
  local packed, at = {SCHEMA}, p.sums_at
  for i = 1, #p.session, 2 do
    local position = at[p.session[i]]
    if position and p.session[i + 1] > floor then
      packed[#packed + 1] = (position - 1) / 2
      packed[#packed + 1] = p.session[i + 1]
    end
  end
  return packed
end

-- Write `p` back within its bounds {interests, marks, recent}; ttls are seconds. Returns how many rows were cut.
local function save_profile(p, keys, ttls, bounds)
  local cut = bound(p.sums, 2, bounds[1])
  if cut > 0 then p.sums_at = index(p.sums) end
  cut = cut + bound(p.marks, 3, bounds[2])
  for i = #p.recent, bounds[3] * 3 + 1, -1 do p.recent[i] = nil end
  local session = pack_session(p)
  to_ages(p)
  redis.call('SET', keys[1],
    cmsgpack.pack({SCHEMA, p.sums, p.counts, p.marks, p.recent, p.last - p.first, p.last}), 'EX', ttls[1])
  if #session > 1 then
    redis.call('SET', keys[2], cmsgpack.pack(session), 'EX', ttls[2])
  else
    redis.call('DEL', keys[2])
  end
  return cut
end
