package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.model.SliceReport;
import java.io.IOException;
import java.sql.SQLException;

/** An open slice. */
interface SliceCursor {
  /**
   * Packs up to about {@code most} rows; returns whether there may be more. Blocks while the server
   * has none ready.
   */
  boolean read(int most) throws SQLException, IOException;

  /** Returns what reading the slice brought, once it is read; null for stored rows. */
  SliceReport report();

  /** Forgets a slice that is not read to its end; the connection is aborted by someone else. */
  void abandon();
}
