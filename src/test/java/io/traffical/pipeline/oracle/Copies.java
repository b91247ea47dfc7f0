package io.traffical.pipeline.oracle;

import io.traffical.pipeline.oracle.Experiments.Policy;
import io.traffical.pipeline.oracle.Step.Change;
import io.traffical.pipeline.oracle.Step.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * The source, and beside it a copy of its rows as each policy's assignments and each metric have
 * last read them, and as each window was last read for anybody.
 */
final class Copies {
  private static final String TABLES =
      """
      SET TimeZone = 'UTC';
      CREATE SCHEMA shop;
      CREATE TABLE shop.rows (
        id bigint PRIMARY KEY,
        source text NOT NULL,
        unit text NOT NULL,
        t timestamptz NOT NULL,
        policy text,
        allocation text,
        country text,
        tier integer,
        amount numeric,
        tax numeric,
        kind text,
        item text
      );
      CREATE FUNCTION shop.boom() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS
        $$ BEGIN RAISE EXCEPTION 'boom'; END $$;
      CREATE SCHEMA oracle;
      CREATE TABLE oracle.read (policy_key text, metric_key text, LIKE shop.rows);
      CREATE INDEX ON oracle.read (policy_key, metric_key);
      CREATE TABLE oracle.window_read (LIKE shop.rows);
      CREATE TABLE oracle.change (
        id bigint, is_insert boolean, at timestamptz, overlap interval, PRIMARY KEY (id, is_insert)
      );
      CREATE SEQUENCE oracle.tries;
      """;

  private final Sql sql;
  private final StringBuilder pending = new StringBuilder();

  Copies(Sql sql) {
    this.sql = sql;
    sql.execute(TABLES);
  }

  /** Changes the source; what has changed is there after {@link #flush}. */
  void apply(Change change, Instant clock, Duration overlap) {
    for (Row row : change.removed()) {
      pending.append("DELETE FROM shop.rows WHERE id = ").append(row.id()).append(';');
      log(row, false, clock, overlap);
    }
    for (Row row : change.added()) {
      pending.append(insert(row));
      log(row, true, clock, overlap);
    }
  }

  private static String insert(Row row) {
    String columns =
        row.isExposure() ? "policy, allocation, country, tier" : "amount, tax, kind, item";
    String values =
        row.isExposure()
            ? Sql.text(row.exposure().policy())
                + ", "
                + Sql.text(row.exposure().allocation())
                + ", "
                + Sql.text(row.exposure().country())
                + ", "
                + row.exposure().tier()
            : row.fact().amount()
                + ", "
                + row.fact().tax()
                + ", "
                + Sql.text(row.fact().kind())
                + ", "
                + Sql.text(row.fact().item());
    return "INSERT INTO shop.rows (id, source, unit, t, %s) VALUES (%d, %s, %s, %s, %s);"
        .formatted(
            columns,
            row.id(),
            Sql.text(row.source()),
            Sql.text(row.unit()),
            Sql.time(row.time()),
            values);
  }

  private void log(Row row, boolean isInsert, Instant clock, Duration overlap) {
    pending.append(
        "INSERT INTO oracle.change VALUES (%d, %s, %s, '%d s');"
            .formatted(row.id(), isInsert, Sql.time(clock), overlap.toSeconds()));
  }

  void flush() {
    sql.execute(pending.toString());
    pending.setLength(0);
  }

  /** A smaller overlap is all that is promised to the changes before it, too. */
  void overlap(Duration overlap) {
    flush();
    sql.execute(
        "UPDATE oracle.change SET overlap = LEAST(overlap, '%d s')".formatted(overlap.toSeconds()));
  }

  /** Rows before the read start stay as they were; all go when the definition is another. */
  void read(Experiments now, Published.Mark mark, boolean isFresh) {
    String key =
        "policy_key = " + Sql.text(mark.policy()) + " AND metric_key = " + Sql.text(mark.metric());
    String from = isFresh ? "" : " AND t >= " + Sql.time(mark.readFrom());
    sql.execute("DELETE FROM oracle.read WHERE " + key + from);
    Policy policy = now.policies().get(mark.policy());
    sql.execute(
        "INSERT INTO oracle.read SELECT %s, %s, r.* FROM shop.rows r WHERE source = ANY (%s) AND (policy IS NULL OR policy = %s) AND t >= %s AND t < LEAST(%s, %s)"
            .formatted(
                Sql.text(mark.policy()),
                Sql.text(mark.metric()),
                Sql.array(now.sources(mark.metric())),
                Sql.text(mark.policy()),
                Sql.time(mark.readFrom()),
                Sql.time(mark.windowEnd()),
                Sql.time(policy.endsAt())));
  }

  /** Keeps what the windows held that the run has read, and returns windows counted wrongly. */
  List<List<String>> readWindows(String runId) {
    String of =
        " r USING traffical.window_reads w WHERE w.run_id = "
            + Sql.text(runId)
            + " AND w.name = r.source AND r.t >= w.window_start AND r.t < w.window_end";
    sql.execute("DELETE FROM oracle.window_read" + of);
    sql.execute(
        "INSERT INTO oracle.window_read SELECT r.* FROM shop.rows"
            + of.replace(" USING ", " JOIN ").replace(" WHERE ", " ON "));
    return sql.rows(
        "SELECT w.name, w.window_start, w.rows FROM traffical.window_reads w WHERE w.run_id = "
            + Sql.text(runId)
            + " AND w.rows <> (SELECT count(*) FROM shop.rows r WHERE w.name = r.source AND r.t >="
            + " w.window_start AND r.t < w.window_end)");
  }

  /** Replaces the view that a definition reads, its SQL unchanged. */
  void view(String source, Step.Break broken) {
    boolean isExposure = source.equals("exposures") || source.equals("web");
    String time = isExposure ? "assigned_at" : "event_time";
    String others =
        isExposure
            ? "policy AS experiment, allocation AS variant, country, tier"
            : "amount, tax, kind, item";
    String name = "shop." + source;
    String select =
        "SELECT unit AS user_id, t AS %s, %s FROM shop.rows WHERE source = '%s'"
            .formatted(broken == Step.Break.BEFORE_READING ? "happened_at" : time, others, source);
    if (broken == Step.Break.WHILE_READING) {
      select +=
          " UNION ALL SELECT 'boom', shop.boom(), "
              + (isExposure ? "'P', 'ctl', 'DE', 1" : "1, 1, 'a', 'pen'");
    }
    sql.execute("DROP VIEW IF EXISTS " + name + "; CREATE VIEW " + name + " AS " + select);
  }
}
