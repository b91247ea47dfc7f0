package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.jdbc.Retries;
import io.traffical.pipeline.testing.PgBouncer;
import io.traffical.pipeline.testing.Shop;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Many runs in a row through a pool of two that another program uses as well. */
final class PoolerRuns {
  private static final int HOURS = 12;

  private PoolerRuns() {}

  /** Asserts that every run succeeds at its first try, and that the pool is as it was. */
  static void assertUndisturbed(int runs) throws SQLException {
    try (Shop shop = fourDefinitions();
        PgBouncer pooler = new PgBouncer(shop.database().port())) {
      shop.through(pooler.port());
      List<String> before = sessions(pooler, shop);
      List<String> retries = new CopyOnWriteArrayList<>();
      Retries.tell(retries::add);
      for (int run = 0; run < runs; run++) {
        RunReport report = shop.run(1 + (double) run * HOURS / runs);
        assertThat(report.status()).as("run %d: %s", run, report.error()).isEqualTo("succeeded");
      }
      assertThat(retries).as("42P05, 26000, 08P01 and whatever else is tried again").isEmpty();
      assertThat(pooler.logged())
          .doesNotContain("prepared statement")
          .doesNotContain("unsupported startup parameter")
          .doesNotContain("pooler error");
      assertThat(sessions(pooler, shop)).isEqualTo(before);
    }
  }

  private static Shop fourDefinitions() {
    return new Shop()
        .fill(40, HOURS)
        .addFact(
            "refunds",
            "SELECT user_id, event_time, -amount AS amount FROM src.orders WHERE event_time BETWEEN"
                + " '{{start_date}}' AND '{{end_date}}'")
        .replace("parallelism: 2", "parallelism: 4");
  }

  /** Returns all settings of both sessions of the pool, in which another client writes as well. */
  private static List<String> sessions(PgBouncer pooler, Shop shop) throws SQLException {
    String url =
        "jdbc:postgresql://127.0.0.1:"
            + pooler.port()
            + "/"
            + shop.database().name()
            + "?preferQueryMode=simple";
    List<String> settings = new ArrayList<>();
    try (Connection one = DriverManager.getConnection(url, "postgres", "postgres");
        Connection other = DriverManager.getConnection(url, "postgres", "postgres")) {
      for (Connection client : List.of(one, other)) {
        client.setAutoCommit(false); // so that each keeps a session of its own
        try (Statement statement = client.createStatement()) {
          statement.execute(
              "CREATE TEMP TABLE written ON COMMIT DROP AS SELECT 1; INSERT INTO written VALUES (2)");
          try (ResultSet rows =
              statement.executeQuery(
                  "SELECT name || '=' || setting FROM pg_settings WHERE name NOT IN"
                      + " ('transaction_isolation', 'application_name') ORDER BY 1")) {
            while (rows.next()) {
              settings.add(rows.getString(1));
            }
          }
        }
      }
      one.commit();
      other.commit();
    }
    return settings;
  }
}
