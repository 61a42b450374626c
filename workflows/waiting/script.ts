/**
 * The line (排队) and the seats as one atomic step in Redis: an operation, then what time has undone (offers, silent seats,
 * kept places), then the match. However many processes run it, nobody is claimed twice.
 * KEYS[1] prefix; ARGV: operation, now (ms), arguments, settings (JSON), then pairs of session id and random value 0…1.
 * Keys hold ids, times and counters only.
 */
export const LINE_SCRIPT = /* lua */ `
local P, op, now = KEYS[1], ARGV[1], tonumber(ARGV[2])
local a, S = cjson.decode(ARGV[3]), cjson.decode(ARGV[4])
local events, changed = {}, false

local function emit(event) events[#events + 1] = cjson.encode(event) end
local function key(kind, id) return P .. ':' .. kind .. ':' .. id end
local function read(name)
  local flat, t = redis.call('HGETALL', name), {}
  for i = 1, #flat, 2 do t[flat[i]] = flat[i + 1] end
  return t
end
local function number(text) return tonumber(text or '0') or 0 end
local function beating(seat) return now - number(seat.beat) <= S.silentMs end

local function withdraw(session, reason)
  local offer = read(key('offer', session))
  redis.call('DEL', key('offer', session))
  redis.call('ZREM', P .. ':offers', session)
  if not offer.staff then return end
  changed = true
  if redis.call('HGET', key('seat', offer.staff), 'session') == session then
    redis.call('HSET', key('seat', offer.staff), 'state', 'free', 'since', now)
    redis.call('HDEL', key('seat', offer.staff), 'session', 'application')
  end
  if redis.call('HGET', key('client', offer.application), 'session') == session then
    redis.call('HSET', key('client', offer.application), 'state', 'waiting')
    redis.call('HDEL', key('client', offer.application), 'session')
  end
  emit({ type = 'offerGone', sessionId = session, applicationId = offer.application, staffId = offer.staff, reason = reason })
end

local function dropClient(application)
  local session = redis.call('HGET', key('client', application), 'session')
  if session then withdraw(session, 'client_left') end
  redis.call('ZREM', P .. ':queue', application)
  redis.call('ZREM', P .. ':away', application)
  redis.call('DEL', key('client', application))
  changed = true
end

local function dropSeat(staff, reason)
  local session = redis.call('HGET', key('seat', staff), 'session')
  if session then withdraw(session, reason) end
  redis.call('DEL', key('seat', staff))
  redis.call('SREM', P .. ':seats', staff)
  changed = true
end

local function enter(application, client)
  local score = client.score or redis.call('INCR', P .. ':sequence')
  redis.call('HSET', key('client', application), 'score', score, 'joined', client.joined or now)
  redis.call('HDEL', key('client', application), 'ended')
  redis.call('PERSIST', key('client', application))
  redis.call('ZADD', P .. ':queue', score, application)
  changed = true
end

local run = {}

function run.join()
  local client = read(key('client', a.application))
  if client.state == 'called' and client.ended and number(client.ended) + S.keepMs < now then
    redis.call('DEL', key('client', a.application))
    client = {}
  end
  if a.excluded and #a.excluded > 0 then redis.call('HSET', key('client', a.application), 'excluded', cjson.encode(a.excluded)) end
  redis.call('ZREM', P .. ':away', a.application)
  if client.state == 'offered' then return 1 end
  -- Just called, and on the way into the call: a page that connects again meanwhile takes no second place.
  if client.state == 'called' and not client.ended and now - number(client.calledAt) < S.calledMs then
    redis.call('HDEL', key('client', a.application), 'gone')
    return 1
  end
  enter(a.application, client)
  redis.call('HSET', key('client', a.application), 'state', 'waiting')
  return 1
end

function run.leave() dropClient(a.application) return 1 end

function run.away()
  local client = read(key('client', a.application))
  if client.state == 'called' and not client.ended then redis.call('HSET', key('client', a.application), 'gone', 1) end
  if client.state ~= 'waiting' and client.state ~= 'offered' then return 0 end
  if client.session then withdraw(client.session, 'client_away') end
  redis.call('HSET', key('client', a.application), 'state', 'away')
  redis.call('ZADD', P .. ':away', now + S.keepMs, a.application)
  changed = true
  return 1
end

function run.putBack()
  local client = read(key('client', a.application))
  if client.session then withdraw(client.session, 'client_away') end
  enter(a.application, client)
  redis.call('HSET', key('client', a.application), 'state', 'away', 'prefer', a.staff, 'preferUntil', now + S.keepMs)
  redis.call('ZADD', P .. ':away', now + S.keepMs, a.application)
  if redis.call('EXISTS', key('seat', a.staff)) == 1 then
    redis.call('HSET', key('seat', a.staff), 'waitsFor', a.application, 'waitsUntil', now + S.seatWaitsMs)
  end
  return 1
end

function run.online()
  local seat = read(key('seat', a.staff))
  redis.call('SADD', P .. ':seats', a.staff)
  redis.call('HSET', key('seat', a.staff), 'beat', now)
  if seat.state ~= 'busy' and seat.state ~= 'offered' then redis.call('HSET', key('seat', a.staff), 'state', 'free', 'since', now) end
  changed = true
  return redis.call('HGET', key('seat', a.staff), 'state')
end

function run.heartbeat()
  if redis.call('EXISTS', key('seat', a.staff)) == 0 then return 0 end
  redis.call('HSET', key('seat', a.staff), 'beat', now)
  return 1
end

function run.exit() dropSeat(a.staff, 'agent_left') return 1 end

function run.accept()
  local offer = read(key('offer', a.session))
  if offer.staff ~= a.staff then return 0 end
  redis.call('DEL', key('offer', a.session))
  redis.call('ZREM', P .. ':offers', a.session)
  redis.call('ZREM', P .. ':queue', offer.application)
  redis.call('HSET', key('client', offer.application), 'state', 'called', 'calledAt', now)
  redis.call('HDEL', key('client', offer.application), 'session', 'prefer', 'preferUntil', 'restUntil', 'gone')
  redis.call('PEXPIRE', key('client', offer.application), 86400000)
  redis.call('HSET', key('seat', a.staff), 'state', 'busy', 'since', now, 'beat', now, 'calledAt', now, 'application', offer.application)
  redis.call('HDEL', key('seat', a.staff), 'waitsFor', 'waitsUntil')
  changed = true
  return 1
end

function run.decline()
  local offer = read(key('offer', a.session))
  if offer.staff ~= a.staff then return 0 end
  withdraw(a.session, 'declined')
  redis.call('HSET', key('client', offer.application), 'avoid:' .. a.staff, now + S.declineRestMs)
  return 1
end

function run.withdraw()
  local application = redis.call('HGET', key('offer', a.session), 'application')
  withdraw(a.session, a.reason)
  -- Whatever failed would fail again at once: meanwhile the seat is there for the others.
  if application and redis.call('EXISTS', key('client', application)) == 1 then
    redis.call('HSET', key('client', application), 'restUntil', now + S.failedRestMs)
  end
  return 1
end

function run.release()
  local seat = read(key('seat', a.staff))
  if seat.state == 'busy' and seat.session == a.session then
    redis.call('HSET', key('seat', a.staff), 'state', 'free', 'since', now)
    redis.call('HDEL', key('seat', a.staff), 'session', 'application', 'calledAt')
    changed = true
  end
  local client = read(key('client', a.application))
  if client.state ~= 'called' or client.ended then return 0 end
  if not a.keep then dropClient(a.application) return 1 end
  enter(a.application, client)
  redis.call('HSET', key('client', a.application), 'state', 'waiting', 'restUntil', now + S.failedRestMs)
  if client.gone then
    redis.call('HSET', key('client', a.application), 'state', 'away')
    redis.call('ZADD', P .. ':away', now + S.keepMs, a.application)
  end
  return 1
end

function run.free()
  local seat = read(key('seat', a.staff))
  if seat.state ~= 'busy' then return 0 end
  if seat.calledAt then
    redis.call('LPUSH', P .. ':lengths', math.floor((now - number(seat.calledAt)) / 1000))
    redis.call('LTRIM', P .. ':lengths', 0, 49)
  end
  if seat.application and redis.call('HGET', key('client', seat.application), 'state') == 'called' then
    redis.call('HSET', key('client', seat.application), 'ended', now)
  end
  redis.call('HSET', key('seat', a.staff), 'state', 'free', 'since', now)
  redis.call('HDEL', key('seat', a.staff), 'session', 'application', 'calledAt')
  changed = true
  return 1
end

function run.tick() return 1 end

local function sweep()
  for _, session in ipairs(redis.call('ZRANGEBYSCORE', P .. ':offers', '-inf', now)) do withdraw(session, 'expired') end
  for _, application in ipairs(redis.call('ZRANGEBYSCORE', P .. ':away', '-inf', now)) do
    dropClient(application)
    emit({ type = 'placeLost', applicationId = application })
  end
  for _, staff in ipairs(redis.call('SMEMBERS', P .. ':seats')) do
    local seat = read(key('seat', staff))
    if not beating(seat) and seat.state == 'offered' then withdraw(seat.session, 'silent') end
    if now - number(seat.beat) > S.dropMs then
      dropSeat(staff, 'silent')
      emit({ type = 'seatLost', staffId = staff })
    end
  end
end

local function has(list, value)
  for _, v in ipairs(list) do if v == value then return true end end
  return false
end

local function eligibleFor(application, client, seats)
  local excluded = client.excluded and cjson.decode(client.excluded) or {}
  local list = {}
  for _, s in ipairs(seats) do
    local reserved = s.seat.waitsFor and s.seat.waitsFor ~= application and number(s.seat.waitsUntil) > now
    if not reserved and not has(excluded, s.staff) and number(client['avoid:' .. s.staff]) <= now then
      if client.prefer == s.staff and number(client.preferUntil) > now then return { s.staff } end
      list[#list + 1] = s.staff
    end
  end
  return list
end

local function match(session, random)
  local names, seats = redis.call('SMEMBERS', P .. ':seats'), {}
  table.sort(names)
  for _, staff in ipairs(names) do
    local seat = read(key('seat', staff))
    if seat.state == 'free' and beating(seat) then seats[#seats + 1] = { staff = staff, seat = seat } end
  end
  if #seats == 0 then return false end
  for _, application in ipairs(redis.call('ZRANGE', P .. ':queue', 0, -1)) do
    local client = read(key('client', application))
    if client.state == 'waiting' and number(client.restUntil) <= now then
      local eligible = eligibleFor(application, client, seats)
      if #eligible > 0 then
        local staff = eligible[1 + math.floor(random * #eligible)]
        redis.call('HSET', key('offer', session), 'application', application, 'staff', staff)
        redis.call('ZADD', P .. ':offers', now + S.offerMs, session)
        redis.call('HSET', key('seat', staff), 'state', 'offered', 'since', now, 'session', session, 'application', application)
        redis.call('HSET', key('client', application), 'state', 'offered', 'session', session)
        changed = true
        emit({ type = 'offered', sessionId = session, applicationId = application, staffId = staff, waitedMs = now - number(client.joined),
          draw = { eligible = eligible, chosen = staff, random = random } })
        return true
      end
    end
  end
  return false
end

local result = run[op]()
sweep()
local more = 0
for i = 5, #ARGV, 2 do
  if not match(ARGV[i], tonumber(ARGV[i + 1])) then break end
  if i + 1 == #ARGV then more = 1 end
end
return { tostring(result), more, changed and 1 or 0, unpack(events) }
`;
