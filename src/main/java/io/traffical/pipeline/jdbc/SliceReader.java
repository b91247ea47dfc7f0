package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.model.ReadRow;
import io.traffical.pipeline.model.UnitBlockWriter;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.TimeWindow;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsChange;

/** Reads slices one after the other, a batch of rows per fetch. */
final class SliceReader implements SplitReader<ReadRow, Slice> {
  private static final int ROWS_PER_FETCH = 16_384;
  private static final int TRIES = 3;
  private static final long PAUSE_NANOS = 500_000_000;

  private final RunPlan plan;
  private final Definitions definitions;
  private final String runId;
  private final SliceMetrics metrics;
  private UnitBlockWriter blocks = new UnitBlockWriter();
  private final Deque<Slice> waiting = new ArrayDeque<>();
  private volatile Connection source;
  private volatile Connection target;
  private volatile Connection busy;
  private Slice slice;
  private volatile SliceCursor cursor;
  private volatile boolean isClosed;

  SliceReader(RunPlan plan, Definitions definitions, String runId, SliceMetrics metrics) {
    this.plan = plan;
    this.definitions = definitions;
    this.runId = runId;
    this.metrics = metrics;
  }

  @Override
  public RecordsWithSplitIds<ReadRow> fetch() throws IOException {
    boolean hasMore;
    if (cursor != null) {
      hasMore = more();
    } else {
      slice = waiting.poll();
      if (slice == null) {
        return new SliceBatch(null, List.of(), null);
      }
      hasMore = start();
    }
    String id = slice.splitId();
    if (hasMore) {
      return new SliceBatch(id, blocks.takeFull(), null);
    }
    blocks.flush();
    metrics.ended(cursor.report());
    List<ReadRow> last = new ArrayList<>(blocks.takeFull());
    if (cursor.report() != null) {
      last.add(cursor.report());
    }
    cursor = null;
    busy = null;
    slice = null;
    return new SliceBatch(id, last, id);
  }

  /**
   * Reads the first rows of the slice. None of them has left this reader, so that the slice can be
   * begun again on a new connection when the old one, or the server, gives up for a passing reason.
   */
  private boolean start() throws IOException {
    for (int attempt = 1; ; attempt++) {
      Connection connection = connection();
      busy = connection;
      try {
        cursor = open(connection);
        return cursor.read(ROWS_PER_FETCH);
      } catch (SQLException e) {
        if (isClosed) {
          throw ReadException.passing(what(), slice.kind().isOfSource(), e);
        }
        if (attempt == TRIES || !SqlFailure.isTransient(e)) {
          throw ReadException.last(what(), slice.kind().isOfSource(), e);
        }
        metrics.retried();
        Event.of("slice_retried", runId)
            .with("definition", definition())
            .with("window", window())
            .with("reads", slice.kind().isOfSource() ? null : "stored rows")
            .with("attempt", attempt)
            .with("error", SqlFailure.describe(e))
            .warn();
        forget(connection);
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(PAUSE_NANOS << attempt));
      }
    }
  }

  /** Reads on. Rows have left this reader: if it fails, the job begins again, as a whole. */
  private boolean more() throws IOException {
    try {
      return cursor.read(ROWS_PER_FETCH);
    } catch (SQLException e) {
      boolean isOfSource = slice.kind().isOfSource();
      throw isClosed || SqlFailure.isTransient(e)
          ? ReadException.passing(what(), isOfSource, e)
          : ReadException.last(what(), isOfSource, e);
    }
  }

  private Connection connection() throws IOException {
    Duration timeout = definitions.pipeline().statementTimeout();
    boolean isOfSource = slice.kind().isOfSource();
    try {
      if (isOfSource) {
        if (source == null || source.isClosed()) {
          source = PostgresConnections.open(definitions.source(), timeout);
        }
        return source;
      }
      if (target == null || target.isClosed()) {
        target = PostgresConnections.open(definitions.connection(), timeout);
      }
      return target;
    } catch (SQLException e) {
      throw isClosed
          ? ReadException.passing(what(), isOfSource, e)
          : ReadException.last(what(), isOfSource, e);
    }
  }

  private SliceCursor open(Connection connection) throws SQLException {
    if (slice.kind().isOfSource()) {
      return new DefinitionCursor(plan, definitions, slice, connection, blocks);
    }
    int dimensions = plan.policies().get(slice.index()).dimensions().size();
    return new StoredCursor(slice, dimensions, connection, blocks);
  }

  private void forget(Connection connection) throws IOException {
    blocks = new UnitBlockWriter();
    cursor = null;
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      throw ReadException.last(what(), slice.kind().isOfSource(), e);
    }
  }

  private String what() {
    return slice.kind().isOfSource()
        ? "definition=%s window=%s".formatted(definition(), window())
        : "stored rows";
  }

  /** Returns the definition that is read; null for stored rows. */
  private DefinitionRef definition() {
    return slice.kind().isOfSource() ? plan.reads().get(slice.index()).definition() : null;
  }

  private TimeWindow window() {
    return slice.kind().isOfSource() ? new TimeWindow(slice.start(), slice.end()) : null;
  }

  @Override
  public void handleSplitsChanges(SplitsChange<Slice> changes) {
    waiting.addAll(changes.splits());
  }

  @Override
  public void wakeUp() {}

  boolean isClosed() {
    return isClosed;
  }

  /**
   * Abandons rather than closes: a COPY that nobody reads any more must not keep its backend. That
   * its task ends is no reason to give up the job, so that what fails from here on may pass.
   */
  @Override
  public void close() {
    isClosed = true;
    SliceCursor abandoned = cursor;
    if (abandoned != null) {
      abandoned.abandon();
    }
    for (Connection connection : new Connection[] {source, target}) {
      if (connection != null) {
        ConnectionEnds.end(connection, connection == busy);
      }
    }
  }
}
