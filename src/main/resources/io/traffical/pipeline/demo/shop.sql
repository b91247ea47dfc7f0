-- The shop's database as its own team would have it, and the role that experiments are computed with.

CREATE SCHEMA analytics;

CREATE TABLE analytics.experiment_assignments (
  user_id          text NOT NULL,
  assigned_at      timestamptz NOT NULL,
  experiment_name  text NOT NULL,
  variant          text NOT NULL,
  device           text NOT NULL
);
CREATE TABLE analytics.orders (
  order_id     text PRIMARY KEY,
  user_id      text NOT NULL,
  order_total  numeric(10, 2) NOT NULL,
  status       text NOT NULL,
  event_time   timestamptz NOT NULL
);
CREATE TABLE analytics.page_views (
  user_id     text NOT NULL,
  page        text NOT NULL,
  event_time  timestamptz NOT NULL
);
CREATE TABLE analytics.newsletter_signups (
  user_id     text NOT NULL,
  event_time  timestamptz NOT NULL
);

-- Every run reads by time: these four indexes keep the hourly ones cheap.
CREATE INDEX ON analytics.experiment_assignments (assigned_at);
CREATE INDEX ON analytics.orders (event_time);
CREATE INDEX ON analytics.page_views (event_time);
CREATE INDEX ON analytics.newsletter_signups (event_time);

-- And for the few users that are new in an hour, what they had ordered before is found by this one.
CREATE INDEX ON analytics.orders (user_id);

CREATE ROLE traffical LOGIN PASSWORD 'DEMO_PASSWORD';
GRANT CREATE ON DATABASE DEMO_DATABASE TO traffical;
GRANT USAGE ON SCHEMA analytics TO traffical;
GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO traffical;
