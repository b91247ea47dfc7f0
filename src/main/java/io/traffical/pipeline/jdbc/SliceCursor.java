package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.model.ReadRow;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;

/** An open slice. */
interface SliceCursor {
  /**
   * Adds up to about {@code most} rows; returns whether there may be more. Blocks while the server
   * has none ready.
   */
  boolean read(List<ReadRow> rows, int most) throws SQLException, IOException;
}
