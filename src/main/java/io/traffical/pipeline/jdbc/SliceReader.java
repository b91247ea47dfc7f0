package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.model.ReadRow;
import io.traffical.pipeline.model.UnitBlockWriter;
import io.traffical.pipeline.window.RunPlan;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsChange;

/** Reads slices one after the other, a batch of rows per fetch. */
final class SliceReader implements SplitReader<ReadRow, Slice> {
  private static final int ROWS_PER_FETCH = 16_384;

  private final RunPlan plan;
  private final Definitions definitions;
  private final UnitBlockWriter blocks = new UnitBlockWriter();
  private final Deque<Slice> waiting = new ArrayDeque<>();
  private volatile Connection source;
  private volatile Connection target;
  private Slice slice;
  private SliceCursor cursor;
  private volatile boolean isClosed;

  SliceReader(RunPlan plan, Definitions definitions) {
    this.plan = plan;
    this.definitions = definitions;
  }

  @Override
  public RecordsWithSplitIds<ReadRow> fetch() throws IOException {
    if (cursor == null) {
      slice = waiting.poll();
      if (slice == null) {
        return new SliceBatch(null, List.of(), null);
      }
      cursor = open(slice);
    }
    boolean hasMore;
    try {
      hasMore = cursor.read(ROWS_PER_FETCH);
    } catch (SQLException e) {
      throw failure(e);
    }
    String id = slice.splitId();
    if (hasMore) {
      return new SliceBatch(id, blocks.takeFull(), null);
    }
    blocks.flush();
    List<ReadRow> last = new ArrayList<>(blocks.takeFull());
    if (cursor.report() != null) {
      last.add(cursor.report());
    }
    cursor = null;
    slice = null;
    return new SliceBatch(id, last, id);
  }

  private SliceCursor open(Slice next) throws IOException {
    Duration timeout = definitions.pipeline().statementTimeout();
    try {
      if (next.kind().isOfSource()) {
        if (source == null || source.isClosed()) {
          source = PostgresConnections.open(definitions.source(), timeout);
        }
        return new DefinitionCursor(plan, definitions, next, source, blocks);
      }
      if (target == null || target.isClosed()) {
        target = PostgresConnections.open(definitions.connection(), timeout);
      }
      int dimensions = plan.policies().get(next.index()).dimensions().size();
      return new StoredCursor(next, dimensions, target, blocks);
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  private IOException failure(SQLException e) {
    String place =
        slice.kind().isOfSource()
            ? plan.reads().get(slice.index()).definition().toString()
            : "stored rows";
    String host =
        (slice.kind().isOfSource() ? definitions.source() : definitions.connection()).place();
    return new IOException(
        "reading "
            + place
            + " ("
            + slice.splitId()
            + ") from "
            + host
            + ": "
            + SqlFailure.describe(e),
        e);
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

  /** Aborts rather than closes: a COPY that nobody reads any more must not keep its backend. */
  @Override
  public void close() throws SQLException {
    isClosed = true;
    for (Connection connection : new Connection[] {source, target}) {
      if (connection != null) {
        connection.abort(Runnable::run);
      }
    }
  }
}
