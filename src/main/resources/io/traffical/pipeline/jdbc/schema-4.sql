-- Version 4 of the program's own tables. ${schema} is replaced by the quoted schema.
-- Keys compare by their bytes (COLLATE "C"): the same everywhere, and cheaper to index. The keys of
-- partitioned tables are unique indexes of the partitions, built when these are first filled: primary
-- keys would be there before the rows, and make that take three times as long. An index that begins
-- with the unit is built twice as fast as one that begins with the policy: a partition has one policy
-- only.

CREATE TABLE ${schema}.schema_version (version int NOT NULL);
INSERT INTO ${schema}.schema_version VALUES (4);

-- Contract: one row per unit and policy.
CREATE TABLE ${schema}.assignments (
  policy_key text COLLATE "C" NOT NULL,
  unit_key text COLLATE "C" NOT NULL,
  allocation_key text COLLATE "C" NOT NULL,
  first_assigned_at timestamptz NOT NULL,
  crossed_over_at timestamptz,
  dimensions jsonb NOT NULL DEFAULT '{}'
) PARTITION BY LIST (policy_key);

-- Internal: metrics whose tallies share rows, and which of what a set holds of them still counts.
-- Days before days_before count, all days where it is null; later ones were read again into another
-- set. Days are counted from 1970-01-01. A metric with several tallies (numerator and denominator,
-- a covariate last) has a place for each slot.
CREATE TABLE ${schema}.metric_sets (
  policy_key text COLLATE "C" NOT NULL,
  set_id int NOT NULL,
  place int NOT NULL,
  metric_key text COLLATE "C" NOT NULL,
  slot int NOT NULL,
  holds_totals boolean NOT NULL,
  days_before int,
  PRIMARY KEY (policy_key, set_id, place)
);

-- Internal: a unit's facts before its metrics' totals_to. Units without facts have no row. tallies
-- has three numbers per place of the set: how many facts, their sum, and what rounding left out of
-- it; null stands for 0. Metrics that do not add up keep entries instead, in sets of their own: the
-- steps of a funnel with their times, digests of different values; of percentiles of events the
-- values, but of these the days only.
CREATE TABLE ${schema}.unit_total_sets (
  policy_key text COLLATE "C" NOT NULL,
  set_id int NOT NULL,
  unit_key text COLLATE "C" NOT NULL,
  tallies double precision[] NOT NULL,
  entries bytea
) PARTITION BY LIST (policy_key);

-- Internal, append-only: what one run read of a unit's day. No index: it is only ever read whole.
CREATE TABLE ${schema}.unit_outcome_sets (
  policy_key text COLLATE "C" NOT NULL,
  set_id int NOT NULL,
  day date NOT NULL,
  unit_key text COLLATE "C" NOT NULL,
  tallies double precision[] NOT NULL,
  entries bytea
) PARTITION BY LIST (policy_key);

-- Internal: the totals per metric, to look at.
CREATE VIEW ${schema}.unit_totals AS
SELECT t.policy_key, m.metric_key, m.slot, t.unit_key,
  t.tallies[3 * m.place + 1]::bigint AS facts,
  coalesce(t.tallies[3 * m.place + 2], 0) AS sum_high,
  coalesce(t.tallies[3 * m.place + 3], 0) AS sum_low
FROM ${schema}.unit_total_sets t
JOIN ${schema}.metric_sets m USING (policy_key, set_id)
WHERE m.holds_totals AND t.tallies[3 * m.place + 1] IS NOT NULL;

-- Internal: the days per metric, to look at. A day has a row for every run that has read a part.
CREATE VIEW ${schema}.unit_outcomes AS
SELECT o.policy_key, m.metric_key, m.slot, o.day, o.unit_key,
  o.tallies[3 * m.place + 1]::bigint AS facts,
  coalesce(o.tallies[3 * m.place + 2], 0) AS sum_high,
  coalesce(o.tallies[3 * m.place + 3], 0) AS sum_low
FROM ${schema}.unit_outcome_sets o
JOIN ${schema}.metric_sets m USING (policy_key, set_id)
WHERE (m.days_before IS NULL OR o.day - date '1970-01-01' < m.days_before)
  AND o.tallies[3 * m.place + 1] IS NOT NULL;

-- Contract: how far a policy's assignments (metric_key '') or one of its metrics are materialized.
CREATE TABLE ${schema}.watermarks (
  policy_key text COLLATE "C" NOT NULL,
  metric_key text COLLATE "C" NOT NULL,
  window_end timestamptz NOT NULL,
  read_from timestamptz NOT NULL,
  fingerprint text NOT NULL,
  totals_to timestamptz,
  restart_from timestamptz,
  run_id text NOT NULL,
  PRIMARY KEY (policy_key, metric_key)
);

-- Contract: what each window held when it was last read; a null checksum always counts as drift.
CREATE TABLE ${schema}.window_reads (
  kind text NOT NULL,
  name text NOT NULL,
  window_start timestamptz NOT NULL,
  window_end timestamptz NOT NULL,
  rows bigint NOT NULL,
  checksum bigint,
  sql_hash text NOT NULL,
  read_at timestamptz NOT NULL,
  run_id text NOT NULL,
  PRIMARY KEY (kind, name, window_start)
);

-- Contract: one row per policy, metric, allocation, dimension value and end of the data.
CREATE TABLE ${schema}.metric_results (
  policy_key text COLLATE "C" NOT NULL,
  metric_key text COLLATE "C" NOT NULL,
  allocation_key text COLLATE "C" NOT NULL,
  dimension text NOT NULL,
  dimension_value text NOT NULL,
  as_of timestamptz NOT NULL,
  units bigint NOT NULL,
  numerator double precision,
  denominator double precision,
  value double precision,
  variance double precision,
  standard_error double precision,
  is_control boolean NOT NULL,
  lift double precision,
  lift_standard_error double precision,
  lift_lower double precision,
  lift_upper double precision,
  relative_lift double precision,
  relative_lift_lower double precision,
  relative_lift_upper double precision,
  p_value double precision,
  significant boolean,
  method text NOT NULL,
  cuped boolean NOT NULL,
  variance_reduction double precision,
  steps jsonb,
  role text NOT NULL,
  guardrail_status text,
  p_value_adjusted double precision,
  reason text,
  run_id text NOT NULL,
  computed_at timestamptz NOT NULL,
  PRIMARY KEY (policy_key, metric_key, allocation_key, dimension, dimension_value, as_of)
);

-- Contract: the newest as_of of every metric that its policy still has.
CREATE VIEW ${schema}.latest_results AS
SELECT r.*
FROM ${schema}.metric_results r
JOIN (
  SELECT policy_key, metric_key, max(as_of) AS as_of
  FROM ${schema}.metric_results
  GROUP BY policy_key, metric_key
) newest USING (policy_key, metric_key, as_of)
WHERE NOT EXISTS (
  SELECT FROM ${schema}.watermarks w
  WHERE w.policy_key = r.policy_key AND w.metric_key = r.metric_key
    AND w.restart_from = '-infinity'
);

-- Contract: one row per policy: the six checks by their keys, and new units over time. status is the
-- worst of the checks': pass, warn or fail.
CREATE TABLE ${schema}.policy_health (
  policy_key text COLLATE "C" PRIMARY KEY,
  as_of timestamptz NOT NULL,
  status text NOT NULL,
  checks jsonb NOT NULL,
  series jsonb NOT NULL,
  run_id text NOT NULL,
  computed_at timestamptz NOT NULL
);

-- Contract, append-only: one row per check and run that changed its status. A policy's first run has
-- rows for what does not pass, with old_status null.
CREATE TABLE ${schema}.policy_health_events (
  policy_key text COLLATE "C" NOT NULL,
  check_key text NOT NULL,
  as_of timestamptz NOT NULL,
  old_status text,
  status text NOT NULL,
  detail text NOT NULL,
  run_id text NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (policy_key, check_key, run_id)
);

-- Contract: one row per run. A row with status running is the lease of the schema.
CREATE TABLE ${schema}.runs (
  run_id text PRIMARY KEY,
  command text NOT NULL,
  status text NOT NULL CHECK (status IN ('running', 'succeeded', 'failed', 'partial')),
  range_start timestamptz,
  range_end timestamptz,
  started_at timestamptz NOT NULL,
  finished_at timestamptz,
  heartbeat_at timestamptz NOT NULL,
  definitions int NOT NULL DEFAULT 0,
  rows_read bigint NOT NULL DEFAULT 0,
  late_rows bigint NOT NULL DEFAULT 0,
  slices int NOT NULL DEFAULT 0,
  slices_started int NOT NULL DEFAULT 0,
  source_lag interval,
  owner text NOT NULL,
  error text
);
CREATE INDEX runs_started_at ON ${schema}.runs (started_at);
CREATE UNIQUE INDEX runs_one_active ON ${schema}.runs ((true)) WHERE status = 'running';

-- Contract: one row per run and definition that it read or could not read.
CREATE TABLE ${schema}.run_definitions (
  run_id text NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  status text NOT NULL,
  range_start timestamptz,
  range_end timestamptz,
  rendered_sql text,
  queries int NOT NULL,
  rows_read bigint NOT NULL,
  rows_outside bigint NOT NULL,
  rows_rejected bigint NOT NULL,
  first_rejection text,
  undeclared jsonb NOT NULL DEFAULT '{}',
  duration_ms bigint NOT NULL,
  error text,
  history_queries int NOT NULL,
  history_rows bigint NOT NULL,
  PRIMARY KEY (run_id, kind, name)
);

-- Internal: who uses which definition, and when its windows are due, as of the last run.
CREATE TABLE ${schema}.definition_users (
  kind text NOT NULL,
  name text NOT NULL,
  policy_key text COLLATE "C" NOT NULL,
  metric_key text COLLATE "C" NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  window_width interval NOT NULL,
  delay interval NOT NULL,
  PRIMARY KEY (kind, name, policy_key, metric_key)
);

-- Contract: one row per definition. stale: its newest due window is unpublished for more than two
-- windows; failing: the last attempt failed, its own or a whole run. window_end is the smallest of
-- those who use it and have not ended; lag is null when all have.
CREATE VIEW ${schema}.freshness AS
SELECT u.kind, u.name, success.finished_at AS last_success_at, u.window_end,
  CASE WHEN u.published_to IS NOT NULL THEN now() - u.window_end END AS lag,
  CASE
    WHEN attempt.status = 'failed' THEN 'failing'
    WHEN now() - u.delay - u.published_to > 3 * u.window_width THEN 'stale'
    ELSE 'healthy'
  END AS status
FROM (
  SELECT d.kind, d.name,
    coalesce(min(w.window_end) FILTER (WHERE w.window_end < d.ends_at), max(w.window_end))
      AS window_end,
    min(coalesce(w.window_end, d.starts_at))
      FILTER (WHERE w.window_end IS NULL OR w.window_end < d.ends_at) AS published_to,
    max(d.window_width) AS window_width, max(d.delay) AS delay
  FROM ${schema}.definition_users d
  LEFT JOIN ${schema}.watermarks w USING (policy_key, metric_key)
  GROUP BY d.kind, d.name
) u
LEFT JOIN LATERAL (
  SELECT r.finished_at
  FROM ${schema}.runs r JOIN ${schema}.run_definitions d USING (run_id)
  WHERE d.kind = u.kind AND d.name = u.name AND d.status = 'succeeded'
  ORDER BY r.started_at DESC LIMIT 1
) success ON true
LEFT JOIN LATERAL (
  SELECT coalesce(d.status, r.status) AS status
  FROM ${schema}.runs r
  LEFT JOIN ${schema}.run_definitions d
    ON d.run_id = r.run_id AND d.kind = u.kind AND d.name = u.name
  WHERE r.status <> 'running' AND (d.run_id IS NOT NULL OR (
    r.status = 'failed' AND r.command <> 'drop'
    AND NOT EXISTS (SELECT FROM ${schema}.run_definitions other WHERE other.run_id = r.run_id)))
  ORDER BY r.started_at DESC LIMIT 1
) attempt ON true;
