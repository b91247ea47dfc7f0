package io.traffical.pipeline.bench;

import io.traffical.pipeline.bench.BenchTable.Ratio;
import io.traffical.pipeline.jdbc.FirstPublication;
import io.traffical.pipeline.window.Micros;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.Map;
import org.postgresql.PGConnection;

/**
 * Case f: staging and publishing the rows of a first run, by one writer, against a bare binary COPY
 * of the very same rows into tables with the very same indexes.
 */
final class Publishing {
  /** The published tables, and the partitions of the one policy, which have the indexes. */
  private static final Map<String, String> TABLES =
      Map.of(
          "assignments", "_p_p0_assignments",
          "unit_total_sets", "_p_p0_totals",
          "unit_outcome_sets", "_p_p0_outcomes");

  private final BenchSize size;
  private final Dataset data;
  private final BenchTable table;

  Publishing(BenchSize size, Dataset data, BenchTable table) {
    this.size = size;
    this.data = data;
    this.table = table;
  }

  void run() throws Exception {
    Samples program = new Samples();
    Samples bare = new Samples();
    for (int i = 0; i < size.repeat(); i++) {
      data.reset();
      try (Connection connection = data.database().connect()) {
        program.add(
            ShapeBench.seconds(
                () ->
                    FirstPublication.publish(
                        connection, data.definitions(), Micros.of(Dataset.END), size.units())));
        bare.add(copy(connection));
      }
      data.database().execute("DROP SCHEMA bare CASCADE");
    }
    data.reset();
    table.add("f", data.shape(), "bare COPY into indexed tables", bare, 0, Ratio.NONE);
    table.add(
        "f",
        data.shape(),
        "program, staging and publishing the same rows",
        program,
        0,
        Ratio.atMost("f / COPY", program.median() / bare.median(), 2));
  }

  /** Copies the published rows out, and times copying them in again. */
  private double copy(Connection connection) throws Exception {
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE SCHEMA bare");
      double seconds = 0;
      for (String name : TABLES.keySet()) {
        statement.execute(
            "CREATE TABLE bare.%s (LIKE traffical.%s INCLUDING ALL)"
                .formatted(name, TABLES.get(name)));
        Path rows = Files.createTempFile("bench", ".copy");
        try {
          seconds += copy(connection, statement, name, rows);
        } finally {
          Files.delete(rows);
        }
      }
      return seconds;
    }
  }

  private static double copy(Connection connection, Statement statement, String name, Path rows)
      throws Exception {
    var copies = connection.unwrap(PGConnection.class).getCopyAPI();
    try (OutputStream out = Files.newOutputStream(rows)) {
      copies.copyOut(
          "COPY (SELECT * FROM traffical.%s) TO STDOUT (FORMAT binary)".formatted(name), out);
    }
    statement.execute("CHECKPOINT");
    try (InputStream in = Files.newInputStream(rows)) {
      return ShapeBench.seconds(
          () -> copies.copyIn("COPY bare.%s FROM STDIN (FORMAT binary)".formatted(name), in));
    }
  }
}
