package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the runs table that a run is alive, and how far it is. A beat that fails is only logged: if
 * none gets through for long enough, the lease expires and the publisher refuses to publish.
 */
final class RunHeartbeat implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunHeartbeat.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final long INTERVAL_NANOS = Duration.ofSeconds(10).toNanos();

  private static final long WORRY_NANOS = RunStore.EXPIRY.dividedBy(2).toNanos();

  private final Definitions definitions;
  private final String runId;
  private Connection connection;
  private int lastDone = -1;
  private long lastBeat;

  RunHeartbeat(Definitions definitions, String runId) {
    this.definitions = definitions;
    this.runId = runId;
  }

  /** Beats when there is progress to show or the last beat is ten seconds old. */
  synchronized boolean beat(int done, int total) {
    boolean isDue = System.nanoTime() - lastBeat >= INTERVAL_NANOS;
    if (done == lastDone && !isDue) {
      return false;
    }
    try {
      if (connection == null || connection.isClosed()) {
        connection = PostgresConnections.open(definitions.connection(), TIMEOUT);
      }
      String sql =
          "UPDATE "
              + new Tables(definitions.schema()).name("runs")
              + " SET heartbeat_at = pg_catalog.clock_timestamp(), slices_started = ?,"
              + " slices = ? WHERE run_id = ?::text AND status = 'running'";
      try (PreparedStatement update = connection.prepareStatement(sql)) {
        update.setInt(1, done);
        update.setInt(2, total);
        update.setString(3, runId);
        update.setQueryTimeout((int) TIMEOUT.toSeconds());
        update.executeUpdate();
      }
      lastDone = done;
      lastBeat = System.nanoTime();
      return true;
    } catch (SQLException e) {
      // One beat may wait for the publisher's row; half a lease without any is worth a warning.
      boolean isLate = lastBeat != 0 && System.nanoTime() - lastBeat > WORRY_NANOS;
      if (isLate) {
        LOG.warn("run {}: heartbeat failed: {}", runId, SqlFailure.describe(e));
      } else {
        LOG.info("run {}: heartbeat failed: {}", runId, SqlFailure.describe(e));
      }
      close();
      return false;
    }
  }

  @Override
  public synchronized void close() {
    Connection closing = connection;
    connection = null;
    ConnectionEnds.close(closing);
  }
}
