package io.traffical.pipeline.testing;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.run.RunListener;
import io.traffical.pipeline.run.RunReport;
import io.traffical.pipeline.run.RunService;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunRequest;
import java.time.Instant;
import java.util.List;

/**
 * The run after the fault: as the superuser, straight to the database, up to where the runs of the
 * test have come. It has the file of the test's last run where that succeeded, and else the shop's
 * original one: what the test had broken in it has been mended.
 */
final class GoodRun {
  private static final String CONNECTION = "(?m)^connection: .*$";

  private final TestDatabase database;
  private final Definitions definitions;
  private final RunRequest request;

  GoodRun(Shop shop) {
    database = shop.database();
    boolean wasGood = ofLastRun("status", "").equals("succeeded");
    String text =
        (wasGood ? shop.file() : shop.original())
            .replaceFirst(CONNECTION, shop.connection())
            .replaceFirst("(?m)^source: .*\n", "");
    definitions = Shop.read(text);
    request =
        RunRequest.run(
            Micros.of(
                Instant.parse(
                    ofLastRun(
                        "to_char((SELECT max(range_end) FROM traffical.runs) AT TIME ZONE 'UTC',"
                            + " 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
                        Shop.hour(12).toString()))));
  }

  private String ofLastRun(String expression, String otherwise) {
    if (database.rows("SELECT to_regclass('traffical.runs')").contains("∅")) {
      return otherwise;
    }
    List<String> found =
        database.rows(
            "SELECT %s FROM traffical.runs ORDER BY started_at DESC LIMIT 1".formatted(expression));
    return found.isEmpty() || found.get(0).equals("∅") ? otherwise : found.get(0);
  }

  /** Runs on what the fault has left, and returns the outcome. */
  List<String> afterTheFault() {
    return run();
  }

  /** Runs as if there had never been another run, and returns the outcome. */
  List<String> withoutFault() {
    database.execute("DROP SCHEMA IF EXISTS traffical_of_the_test CASCADE");
    database.execute("ALTER SCHEMA traffical RENAME TO traffical_of_the_test");
    return run();
  }

  private List<String> run() {
    SharedCluster.within(
        () -> {
          RunReport report = new RunService(definitions, RunListener.SILENT).run(request);
          if (!report.status().equals("succeeded")) {
            throw new AssertionError("a good run " + report.status() + ": " + report.error());
          }
        });
    return database.shop().resultsAndAssignments();
  }
}
