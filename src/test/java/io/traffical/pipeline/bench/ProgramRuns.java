package io.traffical.pipeline.bench;

import io.traffical.pipeline.run.RunListener;
import io.traffical.pipeline.run.RunReport;
import io.traffical.pipeline.run.RunService;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunRequest;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/** Cases c and d: runs of the program in this JVM, each with an embedded cluster of its own. */
final class ProgramRuns {
  private ProgramRuns() {}

  /** Runs up to the time, and returns how many rows were read. */
  static long runTo(Dataset data, Instant end) {
    RunReport report =
        new RunService(data.definitions(), RunListener.SILENT).run(RunRequest.run(Micros.of(end)));
    if (!report.status().equals("succeeded")) {
      throw new AssertionError("the run " + report.status() + ": " + report.error());
    }
    return report.rowsRead();
  }

  /** Returns what the program has published. */
  static List<Estimate> results(Dataset data) throws SQLException {
    try (Connection connection = data.database().connect()) {
      return PushDown.query(
          connection,
          """
          SELECT policy_key, metric_key, allocation_key, units, value, variance
          FROM traffical.latest_results
          """);
    }
  }
}
