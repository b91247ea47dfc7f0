package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.model.ReadRow;
import io.traffical.pipeline.model.UnitRow;
import io.traffical.pipeline.model.UnitRow.StoredAssignment;
import io.traffical.pipeline.model.UnitRow.StoredTotal;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/** Reads what an earlier run has stored: assignments of a policy, or totals of a metric. */
final class StoredCursor implements SliceCursor {
  private static final int COLUMNS = 4;

  private final Slice slice;
  private final CopyOut copy;
  private final CopiedRow row = new CopiedRow();
  private long received;

  StoredCursor(Slice slice, Connection connection) throws SQLException {
    this.slice = slice;
    this.copy =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyOut("COPY (" + slice.sql() + ") TO STDOUT (FORMAT binary)");
  }

  @Override
  public boolean read(List<ReadRow> rows, int most) throws SQLException, IOException {
    for (int i = 0; i < most; i++) {
      byte[] message = copy.readFromCopy();
      if (message == null) {
        CopyEnd.check(copy, received);
        return false;
      }
      if (row.read(message, COLUMNS)) {
        received++;
        rows.add(decode());
      }
    }
    return true;
  }

  private UnitRow decode() {
    return slice.kind() == Slice.Kind.STORED_ASSIGNMENTS
        ? new StoredAssignment(
            row.text(0),
            slice.index(),
            row.text(1),
            row.micros(2),
            row.isNull(3) ? UnitRow.NEVER : row.micros(3))
        : new StoredTotal(
            row.text(0),
            slice.index(),
            slice.metric(),
            row.int64At(1),
            row.float8At(2),
            row.float8At(3));
  }
}
