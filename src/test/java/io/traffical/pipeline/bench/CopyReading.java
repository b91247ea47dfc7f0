package io.traffical.pipeline.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/**
 * Case a: the rows that a first run reads, copied out in binary over one connection, to nowhere.
 */
final class CopyReading {
  private CopyReading() {}

  /** Returns the number of rows read. */
  static long read(Dataset data) throws SQLException, IOException {
    try (Connection connection = data.database().connect()) {
      CopyManager copies = connection.unwrap(PGConnection.class).getCopyAPI();
      String start = Dataset.START.toString();
      String end = Dataset.END.toString();
      return copy(copies, data.selectExposures(start, end))
          + copy(copies, data.selectFacts(start, end));
    }
  }

  private static long copy(CopyManager copies, String sql) throws SQLException, IOException {
    return copies.copyOut(
        "COPY (" + sql + ") TO STDOUT (FORMAT binary)", OutputStream.nullOutputStream());
  }
}
