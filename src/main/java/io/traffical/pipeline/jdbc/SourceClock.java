package io.traffical.pipeline.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Up to when the source is complete: its clock, or on a replica what it has replayed.
 *
 * @param micros what was committed before this time can be read; microseconds since 1970
 * @param isReplica whether the source is in recovery
 * @param lagMicros how far that is behind the server's clock; 0 on a primary
 */
public record SourceClock(long micros, boolean isReplica, long lagMicros) {
  /**
   * Asks a replica for what it has replayed. While it streams and has replayed all it has received,
   * it is complete now: the time of its last transaction grows old on an idle primary. Without a
   * receiver nobody knows what it has missed. One that knows nothing of WAL shares its primary's
   * storage. One that has replayed no transaction yet counts as empty.
   */
  static final String COLUMNS =
      "pg_catalog.pg_is_in_recovery(),"
          + " (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000.0)::bigint,"
          + " CASE WHEN NOT pg_catalog.pg_is_in_recovery()"
          + " OR (pg_catalog.pg_last_wal_replay_lsn() IS NULL"
          + " AND pg_catalog.pg_last_xact_replay_timestamp() IS NULL)"
          + " OR (pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn()"
          + " AND EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver))"
          + " THEN (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000.0)::bigint"
          + " ELSE coalesce((extract(epoch FROM pg_catalog.pg_last_xact_replay_timestamp())"
          + " * 1000000.0)::bigint, 0) END";

  /** Asks the server. */
  static SourceClock read(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT " + COLUMNS)) {
      row.next();
      return of(row, 1);
    }
  }

  /** Returns the server's clock, in microseconds since 1970. */
  public static long now(Connection connection) throws SQLException {
    SourceClock clock = read(connection);
    return clock.micros() + clock.lagMicros();
  }

  /** Reads the {@link #COLUMNS}, of which the first has the given place. */
  static SourceClock of(ResultSet row, int first) throws SQLException {
    boolean isReplica = row.getBoolean(first);
    long now = row.getLong(first + 1);
    long micros = isReplica ? Math.min(now, row.getLong(first + 2)) : now;
    return new SourceClock(micros, isReplica, now - micros);
  }
}
