package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.model.SliceReport;
import io.traffical.pipeline.model.UnitBlockWriter;
import io.traffical.pipeline.sql.Column;
import io.traffical.pipeline.sql.RequiredColumns;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.postgresql.copy.CopyOut;

/**
 * Reads one slice of a definition. When the definition itself is at fault, the slice ends with a
 * report that says so, and the other definitions go on; when the connection is, the error is thrown
 * and the whole slice is read again.
 */
final class DefinitionCursor implements SliceCursor {
  private static final String OVERDUE =
      "DEFINITION [57014]: the statement did not end at pipeline.statementTimeout and was ended";

  /** SQLSTATE of a server that is not ready yet: it may be so on another try. */
  private static final String NOT_READY = "57P03";

  private final RunPlan.Read read;
  private final Slice slice;
  private final Connection connection;
  private final RequiredColumns columns;
  private final int columnCount;
  private final RowDecoder decoder;
  private final SliceTally tally;
  private final Definitions definitions;
  private final KeyCondition keys;
  private final CopiedRow row = new CopiedRow();
  private final long openedAt = System.nanoTime();
  private volatile GuardedReads transaction;
  private CopyOut copy;
  private long received;
  private SliceReport report;

  DefinitionCursor(
      RunPlan plan,
      Definitions definitions,
      Slice slice,
      Connection connection,
      UnitBlockWriter blocks) {
    this(plan, definitions, slice, KeyCondition.NONE, RowDecoder.ALL_ENTITIES, connection, blocks);
  }

  /**
   * Reads some units' rows only.
   *
   * @param keys says which
   * @param entity the place among the fact's entities of that whose units are meant
   */
  DefinitionCursor(
      RunPlan plan,
      Definitions definitions,
      Slice slice,
      KeyCondition keys,
      int entity,
      Connection connection,
      UnitBlockWriter blocks) {
    this.keys = keys;
    this.read = plan.reads().get(slice.index());
    this.slice = slice;
    this.connection = connection;
    this.columns = ReadColumns.of(definitions, read.definition());
    this.columnCount = columns.count();
    this.tally = new SliceTally(slice, plan.window());
    this.decoder = RowDecoder.of(plan, definitions, slice.index(), entity, tally, blocks);
    this.definitions = definitions;
  }

  @Override
  public boolean read(int most) throws SQLException, IOException {
    try {
      if (copy == null && !open()) {
        return false;
      }
      for (int i = 0; i < most; i++) {
        byte[] message = copy.readFromCopy();
        if (message == null) {
          CopyEnd.check(copy, received);
          end(null);
          return false;
        }
        if (row.read(message, columnCount)) {
          received++;
          decoder.decode(row);
        }
      }
      return true;
    } catch (SQLException e) {
      boolean isOverdue = transaction != null && transaction.isOverdue();
      if (!isOverdue && SqlFailure.isTransient(e)) {
        transaction = closed();
        throw e;
      }
      end(isOverdue ? OVERDUE : SqlFailure.describe(e));
      return false;
    }
  }

  /** Ends the transaction, if there is one; there is none then. */
  private GuardedReads closed() {
    if (transaction != null) {
      transaction.close();
    }
    return null;
  }

  /** Passes the SQL through the gate and starts the COPY; returns false when it is refused. */
  private boolean open() throws SQLException {
    transaction = new GuardedReads(connection, definitions);
    requireReplayed(transaction.clock());
    List<Column> found = transaction.describe(slice.sql());
    List<String> problems = columns.problems(found);
    if (!problems.isEmpty()) {
      end("DEFINITION: " + String.join("; ", problems));
      return false;
    }
    decoder.columns(found);
    copy = transaction.copyOut(columns.selectList(found), slice.sql(), keys.condition(found));
    return true;
  }

  /** Behind one name there may be several replicas, and this one behind that which was asked. */
  private void requireReplayed(SourceClock clock) throws SQLException {
    if (keys.equals(KeyCondition.NONE) && clock.isReplica() && clock.micros() < slice.end()) {
      transaction.close();
      throw new SQLException(
          "the replica has replayed up to "
              + Micros.toInstant(clock.micros())
              + " only, and the slice ends at "
              + Micros.toInstant(slice.end()),
          NOT_READY);
    }
  }

  private void end(String error) {
    transaction = closed();
    report = tally.report(read.definition(), (System.nanoTime() - openedAt) / 1_000_000, error);
  }

  @Override
  public void abandon() {
    GuardedReads abandoned = transaction;
    if (abandoned != null) {
      abandoned.abandon();
    }
  }

  @Override
  public SliceReport report() {
    return report;
  }
}
