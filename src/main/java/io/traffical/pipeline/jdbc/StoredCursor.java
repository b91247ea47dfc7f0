package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.SliceReport;
import io.traffical.pipeline.model.UnitBlockWriter;
import io.traffical.pipeline.model.UnitKey;
import io.traffical.pipeline.window.MetricSet.Place;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/** Reads what an earlier run has stored: assignments of a policy, or tallies of a set. */
final class StoredCursor implements SliceCursor {
  private static final int TALLY = 3;
  private static final int FIRST_DIMENSION = 4;

  private final Slice slice;
  private final CopyOut copy;
  private final UnitBlockWriter blocks;
  private final CopiedRow row = new CopiedRow();
  private final UnitKey unit = new UnitKey();
  private final int columns;
  private final double[] tallies;
  private long received;

  /**
   * Starts to read.
   *
   * @param dimensions how many dimensions the policy's assignments have
   */
  StoredCursor(Slice slice, int dimensions, Connection connection, UnitBlockWriter blocks)
      throws SQLException {
    this.slice = slice;
    this.blocks = blocks;
    boolean isAssignments = slice.kind() == Slice.Kind.STORED_ASSIGNMENTS;
    this.columns = isAssignments ? FIRST_DIMENSION + dimensions : 3;
    this.tallies = new double[TALLY * slice.places().size()];
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
    blocks.storedAssignment(
        unit, slice.index(), row.text(1), dimensions(), row.micros(2), crossedOverAt);
  }

  private String dimensions() {
    StringBuilder joined = new StringBuilder();
    for (int column = FIRST_DIMENSION; column < columns; column++) {
      joined
          .append(column == FIRST_DIMENSION ? "" : "\0")
          .append(row.isNull(column) ? "" : row.text(column));
    }
    return joined.toString();
  }

  private void packTallies() {
    if (!row.isNull(2)) {
      Place place = slice.places().get(0);
      blocks.storedEntries(unit, slice.index(), place.metric(), place.slot(), row.bytes(2));
      return;
    }
    row.float8Array(1, tallies);
    for (int i = 0; i < slice.places().size(); i++) {
      Place place = slice.places().get(i);
      int at = TALLY * i;
      if (place.isUsed() && tallies[at] != 0) {
        blocks.storedTotal(
            unit,
            slice.index(),
            place.metric(),
            place.slot(),
            (long) tallies[at],
            tallies[at + 1],
            tallies[at + 2]);
      }
    }
  }
}
