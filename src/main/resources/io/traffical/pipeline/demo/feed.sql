-- Everything that will ever happen in the shop, with the time at which the database hears of it.
-- Temporary tables: nothing of this is left in the shop's database. Nothing here is random: each
-- number comes from a hash of the visitor and of what is decided, so a seed gives one shop.

CREATE FUNCTION pg_temp.dice(visitor bigint, question bigint) RETURNS double precision
  LANGUAGE sql IMMUTABLE AS
  $$ SELECT (hashint8extended(visitor, question + DEMO_SEED) & 1099511627775) / 1099511627776.0::float8 $$;

-- Five rows of a hundred are heard of one to two hours late.
CREATE FUNCTION pg_temp.heard_at(event timestamptz, die double precision) RETURNS timestamptz
  LANGUAGE sql IMMUTABLE AS
  $$ SELECT CASE WHEN die < 0.05 THEN event + interval '1 hour' * (1 + die * 20) ELSE event END $$;

-- Where a die falls in a normal distribution.
CREATE FUNCTION pg_temp.bell(die double precision, other double precision) RETURNS double precision
  LANGUAGE sql IMMUTABLE AS $$ SELECT sqrt(-2 * ln(1 - die)) * cos(2 * pi() * other) $$;

-- Visitors come by day rather than by night (UTC; shares of each hour, cumulated). A quarter of
-- them are regulars: they look around more, buy more often, and did so before.
CREATE TEMP TABLE visitor AS
SELECT *
FROM (
  SELECT n, 'u' || lpad(n::text, 7, '0') AS user_id,
    pg_temp.dice(n, 1) < 0.5 AS is_treated,
    pg_temp.dice(n, 2) < 0.003 AS crosses_over,
    CASE WHEN pg_temp.dice(n, 13) < 0.5 THEN 'mobile' ELSE 'desktop' END AS device,
    pg_temp.dice(n, 14) < 0.25 AS is_regular,
    3.6 + 0.4 * pg_temp.bell(pg_temp.dice(n, 15), pg_temp.dice(n, 16)) AS purse,
    timestamptz 'DEMO_FIRST_DAY' + interval '1 day' * floor(22 * pg_temp.dice(n, 3))
      + interval '1 hour' * (pg_temp.dice(n, 4) + width_bucket(pg_temp.dice(n, 5), ARRAY[
          0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.11, 0.15, 0.20, 0.25, 0.30, 0.35,
          0.41, 0.46, 0.51, 0.56, 0.61, 0.67, 0.73, 0.80, 0.87, 0.93, 0.97])) AS came_at
  FROM generate_series(1, DEMO_VISITORS) n
) visitors
WHERE came_at >= 'DEMO_START' AND came_at < 'DEMO_END';

-- Exposures: one to four each. The last one of the few who cross over shows the other variant.
CREATE TEMP TABLE feed_exposure AS
SELECT user_id, seen_at AS assigned_at, 'checkout_redesign' AS experiment_name,
  CASE WHEN is_treated = (crosses_over AND k = times) THEN 'control' ELSE 'treatment' END AS variant,
  device,
  pg_temp.heard_at(seen_at, pg_temp.dice(n, 100 + k)) AS heard_at
FROM (
  SELECT *, greatest(floor(4 * pg_temp.dice(n, 6) ^ 2)::int, crosses_over::int) AS times
  FROM visitor
) v
CROSS JOIN LATERAL generate_series(0, times) k
CROSS JOIN LATERAL (
  SELECT came_at + interval '1 hour' * k * (0.1 + 20 * pg_temp.dice(n, 110 + k)) AS seen_at
) e
WHERE seen_at < 'DEMO_END';

-- Page views: the same in both variants, first home, then a product, then more. Some come before the
-- first exposure and do not count.
CREATE TEMP TABLE feed_page_view AS
SELECT user_id, (ARRAY['home', 'product', 'search', 'cart', 'checkout'])[1 + k % 5] AS page,
  viewed_at AS event_time, pg_temp.heard_at(viewed_at, pg_temp.dice(n, 200 + k)) AS heard_at
FROM visitor
CROSS JOIN LATERAL generate_series(0, least(40, floor(
  -2 * ln((1 - pg_temp.dice(n, 7)) * CASE WHEN is_regular THEN 0.35 ELSE 1 END)))::int) k
CROSS JOIN LATERAL (
  SELECT came_at + interval '1 minute' * (3 * k + 3 * pg_temp.dice(n, 300 + k) - 2)
    + interval '1 day' * CASE WHEN k < 5 THEN 0 ELSE floor(4 * pg_temp.dice(n, 400 + k) ^ 3) END
    AS viewed_at
) e
WHERE viewed_at >= 'DEMO_START' AND viewed_at < 'DEMO_END';

-- Orders: treatment sells to 8 % more visitors, 14 % on mobile and 2 % on desktop, at the same prices.
CREATE TEMP TABLE feed_order AS
SELECT 'o' || lpad((n * 8 + k)::text, 9, '0') AS order_id, user_id,
  round(exp(purse + 0.3 * pg_temp.bell(pg_temp.dice(n, 500 + k), pg_temp.dice(n, 510 + k)))::numeric, 2)
    AS order_total,
  CASE WHEN pg_temp.dice(n, 520 + k) < 0.05 THEN 'cancelled' ELSE 'paid' END AS status,
  ordered_at AS event_time, pg_temp.heard_at(ordered_at, pg_temp.dice(n, 530 + k)) AS heard_at
FROM visitor
CROSS JOIN LATERAL generate_series(0, floor(3 * pg_temp.dice(n, 9) ^ 4)::int) k
CROSS JOIN LATERAL (
  SELECT came_at + interval '1 minute' * (12 + 30 * pg_temp.dice(n, 540 + k))
    + interval '1 day' * (2 * k + floor(3 * pg_temp.dice(n, 550 + k) ^ 4)) AS ordered_at
) e
WHERE pg_temp.dice(n, 8) < CASE WHEN is_regular THEN 0.84 ELSE 0.12 END
    * CASE WHEN NOT is_treated THEN 1 WHEN device = 'mobile' THEN 1.14 ELSE 1.02 END
  AND ordered_at < 'DEMO_END';

-- And what they had ordered in the two weeks before they came, whichever variant waited for them.
INSERT INTO feed_order
SELECT 'o' || lpad((n * 8 + 4 + k)::text, 9, '0'), user_id,
  round(exp(purse + 0.3 * pg_temp.bell(pg_temp.dice(n, 600 + k), pg_temp.dice(n, 610 + k)))::numeric, 2),
  'paid', ordered_at, pg_temp.heard_at(ordered_at, pg_temp.dice(n, 630 + k))
FROM visitor
CROSS JOIN generate_series(0, 2) k
CROSS JOIN LATERAL (
  SELECT came_at - interval '1 day' * (0.5 + 13 * pg_temp.dice(n, 640 + k)) AS ordered_at
) e
WHERE pg_temp.dice(n, 650 + k) < CASE WHEN is_regular THEN 0.7 ELSE 0.06 END;

-- Newsletter: the redesign hides the box, and 15 % fewer sign up.
CREATE TEMP TABLE feed_signup AS
SELECT user_id, signed_up_at AS event_time,
  pg_temp.heard_at(signed_up_at, pg_temp.dice(n, 11)) AS heard_at
FROM visitor
CROSS JOIN LATERAL (
  SELECT came_at + interval '1 minute' * (1 + 30 * pg_temp.dice(n, 12)) AS signed_up_at
) e
WHERE pg_temp.dice(n, 10) < CASE WHEN is_treated THEN 0.102 ELSE 0.12 END
  AND signed_up_at < 'DEMO_END';
