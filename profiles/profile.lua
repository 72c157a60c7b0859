-- Shared by apply.lua and absorb.lua: a stored profile as Lua tables, and merge. Mirrors profile.py; formats: codec.py.
-- Constants in capitals that are not defined here come from the settings (redis_store.py).
-- Rows stay as they are stored (ages, positions), because an event touches few of them.
local SCHEMA = 2
local SESSION_HORIZON = 48
local LN2 = math.log(2)

local function logaddexp2(a, b)
  if a < b then a, b = b, a end
  return a + math.log(1 + 2 ^ (b - a)) / LN2
end

-- Index of a key in a flat list whose rows are `width` wide.
local function find(list, width, key)
  for i = 1, #list, width do
    if list[i] == key then return i end
  end
end

-- Index of an interest. `p.at` is there when so many are asked for that an index pays (index_sums).
local function find_sum(p, key)
  if p.at then return p.at[key] end
  return find(p.sums, 2, key)
end

local function index_sums(p)
  p.at = {}
  for i = 1, #p.sums, 2 do p.at[p.sums[i]] = i end
end

-- Merge {key, log sum, ...}.
local function merge_sums(p, from)
  for i = 1, #from, 2 do
    local key, value = from[i], from[i + 1]
    local j = find_sum(p, key)
    if j then
      p.sums[j + 1] = logaddexp2(p.sums[j + 1], value)
    else
      j = #p.sums + 1
      p.sums[j], p.sums[j + 1] = key, value
      if p.at then p.at[key] = j end
    end
  end
end

-- Merge {key, log sum, ...} into the session, which has positions of interests for keys; others have faded there.
local function merge_session(p, from)
  for i = 1, #from, 2 do
    local sum, value = find_sum(p, from[i]), from[i + 1]
    if sum then
      local position = (sum - 1) / 2
      local j = find(p.session, 2, position)
      if j then
        p.session[j + 1] = logaddexp2(p.session[j + 1], value)
      else
        j = #p.session + 1
        p.session[j], p.session[j + 1] = position, value
      end
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
local function merge_marks(p, from)
  local marks = p.marks
  for i = 1, #from, 3 do
    local key, time, value = from[i], from[i + 1], from[i + 2]
    local j = find(marks, 3, key)
    if not j or supersedes(time, value, p.last - marks[j + 1], marks[j + 2]) then
      j = j or #marks + 1
      marks[j], marks[j + 1], marks[j + 2] = key, p.last - time, value
    end
  end
end

-- Insert {time, type, product, ...} into the interactions, newest first; equal times are ordered by hash.
local function merge_recent(p, from)
  local recent = p.recent
  for i = 1, #from, 3 do
    local time, kind, product = from[i], from[i + 1], from[i + 2]
    local before, j = p.last, 1 -- the time of the row in front of j
    while recent[j] do
      local row = before - recent[j]
      if row < time or (row == time and
          redis.sha1hex(recent[j + 1] .. recent[j + 2]) > redis.sha1hex(kind .. product)) then
        recent[j] = time - row
        break
      end
      before, j = row, j + 3
    end
    for k = #recent, j, -1 do recent[k + 3] = recent[k] end
    recent[j], recent[j + 1], recent[j + 2] = before - time, kind, product
  end
end

-- Let the profile begin at `first` and end at `last` if it did not already; ages count from the end.
local function span(p, first, last)
  if not p.first then
    p.first, p.last = first, last
    return
  end
  p.first = math.min(p.first, first)
  local later = last - p.last
  if later > 0 then
    for i = 2, #p.marks, 3 do p.marks[i] = p.marks[i] + later end
    if p.recent[1] then p.recent[1] = p.recent[1] + later end
    p.last = last
  end
end

-- Cut a flat list to the `limit` rows with the greatest `sign` x column 2; returns how many rows went.
local function bound(list, width, limit, sign)
  local excess = #list / width - limit
  if excess <= 0 then return 0 end
  local rows = {}
  for i = 1, #list, width do rows[#rows + 1] = {list[i], list[i + 1], list[i + 2]} end
  table.sort(rows, function(a, b)
    if a[2] ~= b[2] then return sign * a[2] > sign * b[2] end
    return redis.sha1hex(a[1]) < redis.sha1hex(b[1])
  end)
  for r = 1, limit do
    for c = 1, width do list[(r - 1) * width + c] = rows[r][c] end
  end
  for i = #list, limit * width + 1, -1 do list[i] = nil end
  return excess
end

-- The session as {key, log sum, ...}.
local function name_session(p)
  local named = {}
  for i = 1, #p.session, 2 do
    named[i], named[i + 1] = p.sums[p.session[i] * 2 + 1], p.session[i + 1]
  end
  return named
end

local function load_profile(stored, session)
  local p = {sums = {}, counts = {}, marks = {}, recent = {}, session = {}}
  if stored then
    local schema, life
    schema, p.sums, p.counts, p.marks, p.recent, life, p.last = unpack(cmsgpack.unpack(stored))
    if schema ~= SCHEMA then error('profile schema ' .. tostring(schema) .. ' is not ' .. SCHEMA) end
    p.first = p.last - life
    if session then
      p.session = cmsgpack.unpack(session)
      table.remove(p.session, 1)
    end
  end
  return p
end

-- Merge the parts of another profile, in the order of a delta (codec.py), into `p`.
local function merge(p, sums, counts, marks, recent, first, last, session)
  span(p, first, last)
  merge_sums(p, sums)
  merge_session(p, session)
  merge_counts(p.counts, counts)
  merge_marks(p, marks)
  merge_recent(p, recent)
end

-- The parts of a profile in the order of a delta.
local function as_delta(p)
  local marks, recent, time = {}, {}, p.last
  for i = 1, #p.marks, 3 do marks[i], marks[i + 1], marks[i + 2] = p.marks[i], p.last - p.marks[i + 1], p.marks[i + 2] end
  for i = 1, #p.recent, 3 do
    time = time - p.recent[i]
    recent[i], recent[i + 1], recent[i + 2] = time, p.recent[i + 1], p.recent[i + 2]
  end
  return p.sums, p.counts, marks, recent, p.first, p.last, name_session(p)
end

-- Cut the interests to the strongest `limit`, and the session to what is left of them.
local function bound_sums(p, limit)
  if #p.sums / 2 <= limit then return 0 end
  local session = name_session(p)
  local cut = bound(p.sums, 2, limit, 1)
  index_sums(p)
  p.session = {}
  merge_session(p, session)
  return cut
end

-- The session for storage: without what has faded.
local function pack_session(p)
  local floor = -math.huge
  for i = 2, #p.session, 2 do floor = math.max(floor, p.session[i] - SESSION_HORIZON) end
  local packed = {SCHEMA}
  for i = 2, #p.session, 2 do
    if p.session[i] > floor then
      packed[#packed + 1] = p.session[i - 1]
      packed[#packed + 1] = p.session[i]
    end
  end
  return packed
end

-- Write `p` back within its bounds. Returns how many rows were cut.
local function save_profile(p, keys)
  local cut = bound_sums(p, MAX_INTERESTS) + bound(p.marks, 3, MAX_MARKS, -1)
  for i = #p.recent, MAX_RECENT * 3 + 1, -1 do p.recent[i] = nil end
  local session = pack_session(p)
  redis.call('SET', keys[1],
    cmsgpack.pack({SCHEMA, p.sums, p.counts, p.marks, p.recent, p.last - p.first, p.last}), 'EX', PROFILE_TTL)
  if #session > 1 then
    redis.call('SET', keys[2], cmsgpack.pack(session), 'EX', SESSION_TTL)
  else
    redis.call('DEL', keys[2])
  end
  redis.pcall('PUBLISH', keys[1], '') -- a user who may not publish loses pushing, not the event
  return cut
end
