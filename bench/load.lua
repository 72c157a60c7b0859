-- Requests for wrk. Arguments after `--`: kind (recommend | track | batch), users, products, categories, events in a
-- batch. A user views products of the two categories that are their own (synthetic.py).
-- Prints one line of JSON when done: latencies in microseconds.
local kind, users, products, categories, size

function init(args)
  kind, users, products, categories, size = args[1], unpack(args, 2)
  math.randomseed(os.time())
end

local function event()
  local user = math.random(0, users - 1)
  local category = (2 * user + math.random(0, 1)) % categories
  local product = category + categories * math.random(0, math.floor(products / categories) - 1) + 1
  return string.format('{"user_id":"u%06d","event_type":"view","product_id":"p%04d"}', user, product)
end

local requests = {
  recommend = function()
    return wrk.format('GET', string.format('/recommend?user_id=u%06d', math.random(0, users - 1)))
  end,
  track = function()
    return wrk.format('POST', '/track-event', {['Content-Type'] = 'application/json'}, event())
  end,
  batch = function()
    local events = {}
    for i = 1, size do events[i] = event() end
    return wrk.format('POST', '/track-event', {['Content-Type'] = 'application/json'},
      '[' .. table.concat(events, ',') .. ']')
  end,
}

function request() return requests[kind]() end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%f,"errors":%d,"p50":%f,"p99":%f}\n', summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
