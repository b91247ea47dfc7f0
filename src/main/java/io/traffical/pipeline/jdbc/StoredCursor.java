package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.SliceReport;
import io.traffical.pipeline.model.UnitBlockWriter;
import io.traffical.pipeline.model.UnitKey;
import io.traffical.pipeline.window.MetricSet;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/** Reads what an earlier run has stored: assignments of a policy, or tallies of a set. */
final class StoredCursor implements SliceCursor {
  private static final int TALLY = 3;

  private final Slice slice;
  private final CopyOut copy;
  private final UnitBlockWriter blocks;
  private final CopiedRow row = new CopiedRow();
  private final UnitKey unit = new UnitKey();
  private final int columns;
  private final double[] tallies;
  private long received;

  StoredCursor(Slice slice, Connection connection, UnitBlockWriter blocks) throws SQLException {
    this.slice = slice;
    this.blocks = blocks;
    this.columns = slice.kind() == Slice.Kind.STORED_ASSIGNMENTS ? 4 : 2;
    this.tallies = new double[TALLY * slice.metrics().size()];
    this.copy =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyOut("COPY (" + slice.sql() + ") TO STDOUT (FORMAT binary)");
  }

  @Override
  public boolean read(int most) throws SQLException, IOException {
    for (int i = 0; i < most; i++) {
      byte[] message = copy.readFromCopy();
      if (message == null) {
        CopyEnd.check(copy, received);
        return false;
      }
      if (row.read(message, columns)) {
        received++;
        row.key(0, unit);
        if (slice.kind() == Slice.Kind.STORED_ASSIGNMENTS) {
          packAssignment();
        } else {
          packTallies();
        }
      }
    }
    return true;
  }

  @Override
  public SliceReport report() {
    return null;
  }

  private void packAssignment() {
    long crossedOverAt = row.isNull(3) ? AssignmentChange.NEVER : row.micros(3);
    blocks.storedAssignment(unit, slice.index(), row.text(1), row.micros(2), crossedOverAt);
  }

  private void packTallies() {
    row.float8Array(1, tallies);
    for (int place = 0; place < slice.metrics().size(); place++) {
      int metric = slice.metrics().get(place);
      int at = TALLY * place;
      if (metric != MetricSet.UNUSED && tallies[at] != 0) {
        blocks.storedTotal(
            unit, slice.index(), metric, (long) tallies[at], tallies[at + 1], tallies[at + 2]);
      }
    }
  }
}
