-- Will this flight arrive 15 minutes late or more? Asked two hours before its scheduled departure.
--
-- In:  the raw tables flights and weather, the day and its lookback; planes, whole. The session's time zone is UTC.
-- Out: examples, one row per flight to decide; and one relation per feature view, named as the view:
--      its entity columns, event_timestamp (the moment the values became known), its features.
--
-- A day's rows must be the same whether the script sees that day and its lookback or the whole year; otherwise a
-- backfill and a daily run would give different models. Three rules see to that, and keep the future out:
--   - a delay stands at the moment of landing, when it is known, never at the scheduled departure;
--   - a window reaches back from a landing, so nothing that happens later can change it;
--   - averages are of integers, whose sums are exact, so the order of rows cannot change the last digit.
-- The lookback is 32 days: the longest window, 30 days, and two days for flights that land long after their schedule.
-- The contract's limits on dep_delay and air_time keep that lag under two days.

CREATE TEMP TABLE timetable AS
SELECT
    *,
    time_hour + to_minutes(minute) AS departs_at,
    -- Half an hour covers taxiing at both ends, which the data does not tell. Cancelled and diverted flights have no
    -- air_time: they never land here, and have no label.
    departs_at + to_minutes(dep_delay + air_time + 30) AS landed_at,
    CAST(arr_delay >= 15 AS INTEGER) AS late
FROM flights;

-- The month is left out on purpose: a model trained on one season would take it for a rule about the others.
CREATE TEMP VIEW examples AS
SELECT
    -- Flight numbers repeat on a day; with origin, destination and time they do not.
    concat_ws('-', carrier || flight, origin, dest, strftime(departs_at, '%Y%m%dT%H%MZ')) AS flight_id,
    CAST(departs_at AS DATE) AS day,
    departs_at - INTERVAL 2 HOURS AS event_timestamp,
    origin,
    carrier,
    tailnum,
    dest,
    -- Passengers and crews keep local time, so these two come from the local columns, not from the UTC instant.
    60 * hour + minute AS minute_of_day,
    isodow(make_date(year, month, day)) AS weekday,
    distance,
    late,
    landed_at AS label_time
FROM timetable;

CREATE TEMP TABLE landings AS
SELECT origin, dest, carrier, tailnum, landed_at, arr_delay, late
FROM timetable
WHERE landed_at IS NOT NULL;

-- The observation of an hour is known when the hour is over. The view takes over the name of its raw table; a table,
-- not a view, because a view would read itself.
CREATE TEMP TABLE weather AS
SELECT
    origin,
    time_hour + INTERVAL 1 HOUR AS event_timestamp,
    temp,
    dewp,
    humid,
    wind_speed,
    wind_gust,
    precip,
    pressure,
    visib
FROM weather;

-- RANGE includes every landing of the same minute, so rows of one key and minute are equal and DISTINCT leaves one.
CREATE TEMP VIEW origin_delays AS
SELECT DISTINCT
    origin,
    landed_at AS event_timestamp,
    count(*) OVER last_4h AS origin_landings_4h,
    avg(late) OVER last_4h AS origin_late_share_4h,
    avg(arr_delay) OVER last_4h AS origin_mean_delay_4h,
    count(*) OVER last_24h AS origin_landings_24h,
    avg(late) OVER last_24h AS origin_late_share_24h,
    avg(arr_delay) OVER last_24h AS origin_mean_delay_24h
FROM landings
WINDOW
    last_4h AS (PARTITION BY origin ORDER BY landed_at RANGE BETWEEN INTERVAL 4 HOURS PRECEDING AND CURRENT ROW),
    last_24h AS (PARTITION BY origin ORDER BY landed_at RANGE BETWEEN INTERVAL 24 HOURS PRECEDING AND CURRENT ROW);

CREATE TEMP VIEW carrier_delays AS
SELECT DISTINCT
    carrier,
    landed_at AS event_timestamp,
    avg(late) OVER last_24h AS carrier_late_share_24h,
    avg(arr_delay) OVER last_24h AS carrier_mean_delay_24h
FROM landings
WINDOW last_24h AS (PARTITION BY carrier ORDER BY landed_at RANGE BETWEEN INTERVAL 24 HOURS PRECEDING AND CURRENT ROW);

CREATE TEMP VIEW carrier_origin_delays AS
SELECT DISTINCT
    carrier,
    origin,
    landed_at AS event_timestamp,
    avg(late) OVER last_7d AS carrier_origin_late_share_7d,
    avg(arr_delay) OVER last_7d AS carrier_origin_mean_delay_7d
FROM landings
WINDOW
    last_7d AS (
        PARTITION BY carrier, origin ORDER BY landed_at RANGE BETWEEN INTERVAL 7 DAYS PRECEDING AND CURRENT ROW
    );

CREATE TEMP VIEW destination_delays AS
SELECT DISTINCT
    dest,
    landed_at AS event_timestamp,
    avg(late) OVER last_5h AS dest_late_share_5h,
    avg(arr_delay) OVER last_5h AS dest_mean_delay_5h,
    avg(late) OVER last_24h AS dest_late_share_24h,
    avg(arr_delay) OVER last_24h AS dest_mean_delay_24h
FROM landings
WINDOW
    last_5h AS (PARTITION BY dest ORDER BY landed_at RANGE BETWEEN INTERVAL 5 HOURS PRECEDING AND CURRENT ROW),
    last_24h AS (PARTITION BY dest ORDER BY landed_at RANGE BETWEEN INTERVAL 24 HOURS PRECEDING AND CURRENT ROW);

-- Fourteen hours are an aircraft's working day: a delay is passed on within the day, and the night absorbs it.
CREATE TEMP VIEW aircraft_delays AS
SELECT DISTINCT
    tailnum,
    landed_at AS event_timestamp,
    max(arr_delay) OVER (PARTITION BY tailnum, landed_at) AS aircraft_last_delay,
    avg(arr_delay) OVER last_14h AS aircraft_mean_delay_14h
FROM landings
WHERE tailnum IS NOT NULL
WINDOW last_14h AS (PARTITION BY tailnum ORDER BY landed_at RANGE BETWEEN INTERVAL 14 HOURS PRECEDING AND CURRENT ROW);

CREATE TEMP VIEW route_delays AS
SELECT DISTINCT
    carrier,
    dest,
    landed_at AS event_timestamp,
    avg(late) OVER last_30d AS route_late_share_30d,
    avg(arr_delay) OVER last_30d AS route_mean_delay_30d
FROM landings
WINDOW
    last_30d AS (
        PARTITION BY carrier, dest ORDER BY landed_at RANGE BETWEEN INTERVAL 30 DAYS PRECEDING AND CURRENT ROW
    );

-- The register carries no dates: what it says holds for as long as anyone can ask.
CREATE TEMP VIEW aircraft AS
SELECT
    tailnum,
    TIMESTAMPTZ '1970-01-01 00:00:00Z' AS event_timestamp,
    seats,
    engines,
    year AS year_built
FROM planes;
