package io.traffical.pipeline.run;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.Freshness;
import io.traffical.pipeline.jdbc.Rows;
import io.traffical.pipeline.jdbc.RunHistory;
import io.traffical.pipeline.jdbc.RunStore;
import io.traffical.pipeline.jdbc.Schema;
import io.traffical.pipeline.jdbc.SourceClock;
import io.traffical.pipeline.jdbc.StoredHealth;
import io.traffical.pipeline.jdbc.Tables;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.Watermark;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * How things are, in one snapshot of the program's own tables.
 *
 * @param schemaVersion version of the tables; 0 when there are none
 * @param readAt the database's clock
 * @param nextDueAt when the next window is due, by the database's clock; null without policies, and
 *     when all have ended
 * @param sourceLag how far a replica was behind when the last run began, or null
 * @param active the run that holds the lease: one row, or none
 * @param runs the newest runs
 * @param definitions how far each definition is published
 * @param policies the health of each policy
 * @param isFresh whether the tables are of this version, and everything is published and healthy
 */
public record Status(
    int schemaVersion,
    Instant readAt,
    Instant nextDueAt,
    String sourceLag,
    Rows active,
    Rows runs,
    Rows definitions,
    Rows policies,
    boolean isFresh) {
  private static final int RUNS = 5;

  /**
   * Asks the database.
   *
   * @throws RunFailure if it cannot be asked
   */
  public static Status of(Definitions definitions) {
    return Questions.ask(definitions, connection -> read(connection, definitions));
  }

  private static Status read(Connection connection, Definitions definitions) throws SQLException {
    Tables tables = new Tables(definitions.schema());
    int version = new Schema(tables).version(connection);
    long now = SourceClock.now(connection);
    if (version != Schema.VERSION) {
      Rows none = Rows.of();
      Instant due = due(definitions, List.of());
      return new Status(version, instant(now), due, null, none, none, none, none, false);
    }
    RunHistory history = new RunHistory(connection, tables);
    Freshness freshness = new Freshness(connection, tables);
    Rows rows = freshness.rows();
    return new Status(
        version,
        instant(now),
        due(definitions, new RunStore(connection, tables).watermarks()),
        freshness.sourceLag(),
        history.active(),
        history.newest(RUNS),
        rows,
        new StoredHealth(connection, tables).summary(),
        Freshness.isHealthy(rows) && (!rows.isEmpty() || definitions.policies().isEmpty()));
  }

  private static Instant due(Definitions definitions, List<Watermark> watermarks) {
    long published = Schedule.published(definitions, watermarks);
    return Micros.isFinite(published)
        ? instant(Schedule.of(definitions).nextDueAt(published))
        : null;
  }

  private static Instant instant(long micros) {
    return Micros.toInstant(micros).truncatedTo(ChronoUnit.SECONDS);
  }

  /** Returns whether windows are due that are not published. */
  public boolean isDue() {
    return nextDueAt != null && !nextDueAt.isAfter(readAt);
  }
}
