package io.traffical.pipeline.bench;

import io.traffical.pipeline.testing.TestDatabase;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * The generated source data: facts of pseudo-random users, evenly over 30 days, and assignments
 * dealt to the policies in turn. Tables are created when they are first asked for, with an index on
 * the time, and vacuumed.
 */
final class Warehouse implements AutoCloseable {
  private final TestDatabase database = TestDatabase.create();
  private final Set<String> tables = new HashSet<>();
  private final long facts;
  private final long units;

  Warehouse(long facts, long units) {
    this.facts = facts;
    this.units = units;
  }

  TestDatabase database() {
    return database;
  }

  /** Returns data whose assignments are spread evenly over the 30 days. */
  Dataset spread(Shape shape) {
    return dataset(shape, facts, "", Duration.ofDays(30));
  }

  /** Returns data whose assignments are all on day 1, so that later days have equal units. */
  Dataset onDayOne(Shape shape) {
    return dataset(shape, facts, "_day_1", Duration.ofDays(1));
  }

  /** Returns data with another number of facts. */
  Dataset withFacts(Shape shape, long otherFacts) {
    return dataset(shape, otherFacts, "", Duration.ofDays(30));
  }

  private Dataset dataset(Shape shape, long factCount, String suffix, Duration spread) {
    String orders = "orders_" + factCount;
    String exposures = "exposures_" + shape.name() + suffix;
    if (tables.add(orders)) {
      createOrders(orders, factCount);
    }
    if (tables.add(exposures)) {
      createExposures(exposures, shape.policies().size(), spread);
    }
    return new Dataset(database, shape, orders, exposures);
  }

  private void createOrders(String table, long count) {
    Progress.say("creating " + table);
    database.execute(
        """
        CREATE TABLE %1$s (user_id text NOT NULL, event_time timestamptz NOT NULL,
          amount numeric NOT NULL, quantity int4 NOT NULL, margin float8 NOT NULL);
        INSERT INTO %1$s
        SELECT 'user-' || (hashint8extended(f, 1) & 9223372036854775807) %% %3$d,
          timestamptz '2026-01-01T00:00:00Z' + f * (interval '30 days' / %4$d),
          round((hashint8extended(f, 2) & 9223372036854775807) %% 20000 / 100.0, 2),
          1 + (hashint8extended(f, 3) & 3),
          ((hashint8extended(f, 4) & 9223372036854775807) %% 1000000) / 7919.0::float8
        FROM generate_series(0::bigint, %2$d - 1) f;
        CREATE INDEX ON %1$s (event_time);
        """
            .formatted(table, count, Math.max(1, units), Math.max(1, count)));
    database.execute("VACUUM ANALYZE " + table);
  }

  /** Policies overlap: each one has its share of the users, the next one starts 6 % further on. */
  private void createExposures(String table, int policies, Duration spread) {
    Progress.say("creating " + table);
    database.execute(
        """
        CREATE TABLE %1$s (user_id text NOT NULL, assigned_at timestamptz NOT NULL,
          policy_key text NOT NULL, allocation_key text NOT NULL);
        INSERT INTO %1$s
        SELECT 'user-' || ((i / %3$d + i %% %3$d * %5$d) * 7919) %% %4$d,
          timestamptz '2026-01-01T00:00:00Z' + i * (interval '%6$d s' / %4$d),
          'p' || i %% %3$d,
          CASE i / %3$d %% 2 WHEN 0 THEN 'control' ELSE 'treatment' END
        FROM generate_series(0::bigint, %2$d - 1) i;
        CREATE INDEX ON %1$s (assigned_at);
        """
            .formatted(
                table,
                units,
                policies,
                Math.max(1, units),
                units * 61_803 / 1_000_000,
                spread.toSeconds()));
    database.execute("VACUUM ANALYZE " + table);
  }

  @Override
  public void close() {
    database.close();
  }
}
