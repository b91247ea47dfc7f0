package io.traffical.pipeline.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.cli.Main;
import io.traffical.pipeline.run.RunListener;
import io.traffical.pipeline.run.RunReport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The demo from its own server to results. */
class DemoIT {
  private static final String UNIT =
      """
      WITH unit AS MATERIALIZED (
        SELECT user_id, min(assigned_at) AS first_at,
          (array_agg(variant ORDER BY assigned_at, variant))[1] AS allocation,
          min(device) AS device
        FROM analytics.experiment_assignments
        GROUP BY user_id HAVING count(DISTINCT variant) = 1
      ), sale AS MATERIALIZED (
        SELECT user_id, event_time, order_total, event_time >= first_at AS counts, allocation, device
        FROM analytics.orders JOIN unit USING (user_id)
        WHERE status <> 'cancelled' AND event_time >= first_at - interval '14 days'
      )
      """;

  /** What the results of metrics that add up must be, by one plain query over all raw rows. */
  private static final String SUMS =
      UNIT
          + """
          , fact AS (
            SELECT 'purchase_rate' AS metric, user_id, event_time, 0 AS x
            FROM analytics.orders WHERE status <> 'cancelled'
            UNION ALL SELECT m, user_id, event_time, order_total
            FROM analytics.orders, unnest(ARRAY['revenue_per_user', 'average_order_value']) m
            WHERE status <> 'cancelled'
            UNION ALL SELECT 'page_views_per_user', user_id, event_time, 1 FROM analytics.page_views
            UNION ALL SELECT 'newsletter_rate', user_id, event_time, 0 FROM analytics.newsletter_signups
          )
          SELECT metric, allocation, device,
            (SELECT count(*) FROM unit u
             WHERE u.allocation = g.allocation AND (g.device = '' OR u.device = g.device)),
            CASE WHEN metric LIKE '%rate' THEN converted ELSE total END::numeric(12, 2)
          FROM (
            SELECT metric, allocation, coalesce(device, '') AS device,
              count(DISTINCT user_id) AS converted, sum(x) AS total
            FROM unit JOIN fact USING (user_id) WHERE event_time >= first_at
            GROUP BY GROUPING SETS ((metric, allocation), (metric, allocation, device))
          ) g
          ORDER BY 1, 2, 3
          """;

  /** The same for what is not a sum. */
  private static final String OTHERS =
      UNIT
          + """
          , step AS (
            SELECT user_id, allocation, product, cart, sold
            FROM unit
            LEFT JOIN LATERAL (
              SELECT min(event_time) AS product FROM analytics.page_views v
              WHERE v.user_id = unit.user_id AND page = 'product' AND event_time >= first_at) a ON true
            LEFT JOIN LATERAL (
              SELECT min(event_time) AS cart FROM analytics.page_views v
              WHERE v.user_id = unit.user_id AND page = 'cart' AND event_time >= product) b ON true
            LEFT JOIN LATERAL (
              SELECT min(event_time) AS sold FROM sale
              WHERE sale.user_id = unit.user_id AND event_time >= cart) c ON true
          )
          SELECT 'average_order_value', allocation, round(avg(order_total), 6)
          FROM sale WHERE counts GROUP BY allocation
          UNION ALL
          SELECT 'checkout_funnel', allocation,
            round(avg((sold IS NOT NULL)::int), 6)
          FROM step GROUP BY allocation
          UNION ALL
          SELECT 'p90_order_value', allocation,
            round(percentile_cont(0.9) WITHIN GROUP (ORDER BY order_total::float8)::numeric, 6)
          FROM sale WHERE counts GROUP BY allocation
          ORDER BY 1, 2
          """;

  /** The lift that CUPED adjusts, with theta over both arms. */
  private static final String ADJUSTED_LIFT =
      UNIT
          + """
          , pair AS (
            SELECT allocation,
              coalesce(sum(order_total) FILTER (WHERE counts), 0)::float8 AS y,
              coalesce(sum(order_total) FILTER (WHERE NOT counts), 0)::float8 AS x
            FROM unit LEFT JOIN sale USING (user_id, allocation) GROUP BY user_id, allocation
          )
          SELECT round((sum(y * sign) - theta * sum(x * sign))::numeric, 6)
          FROM (SELECT covar_pop(y, x) / var_pop(x) AS theta FROM pair) t,
            (SELECT avg(y) AS y, avg(x) AS x, CASE allocation WHEN 'control' THEN -1 ELSE 1 END AS sign
             FROM pair GROUP BY allocation) arm
          GROUP BY theta
          """;

  /** Rows that came when the hour of their event had been read already. */
  private static final String LATE =
      """
      SELECT count(*) FROM (
        SELECT assigned_at AS at, heard_at FROM feed_exposure
        UNION ALL SELECT event_time, heard_at FROM feed_order WHERE status <> 'cancelled'
        UNION ALL SELECT event_time, heard_at FROM feed_page_view
        UNION ALL SELECT event_time, heard_at FROM feed_signup
      ) fed
      WHERE heard_at >= '%1$s' AND heard_at < timestamptz '%1$s' + interval '3 hours'
        AND date_trunc('hour', at, 'UTC') < date_trunc('hour', heard_at, 'UTC')
      """;

  @Test
  void computesHourByHourWhatOnePlainQueryComputes() throws SQLException {
    try (Demo demo = Demo.start()) {
      Demo.Opening opening = demo.open(20_000);
      RunReport first = demo.firstRun(RunListener.SILENT);
      assertThat(first.status()).as(first.error()).isEqualTo("succeeded");
      long late = 0;
      for (int hour = 1; hour <= Demo.HOURS; hour++) {
        RunReport report = demo.nextHour(hour, RunListener.SILENT);
        late += report.lateRows();
        assertThat(report.rowsRead()).isLessThan(first.rowsRead() / 10);
      }

      assertThat(rows(demo, LATE.formatted(opening.until()))).containsExactly("" + late);
      assertThat(rows(demo, "SELECT status, count(*) FROM traffical.runs GROUP BY status"))
          .containsExactly("succeeded|4");
      assertThat(
              rows(
                  demo,
                  "SELECT metric_key, allocation_key, dimension_value, units,"
                      + " numerator::numeric(12, 2) FROM traffical.latest_results WHERE metric_key"
                      + " NOT IN ('checkout_funnel', 'p90_order_value') ORDER BY 1, 2, 3"))
          .hasSize(30)
          .isEqualTo(rows(demo, SUMS));
      assertThat(
              rows(
                  demo,
                  "SELECT metric_key, allocation_key, round(value::numeric, 6) FROM"
                      + " traffical.latest_results WHERE dimension = '' AND metric_key IN"
                      + " ('average_order_value', 'checkout_funnel', 'p90_order_value') ORDER BY 1, 2"))
          .hasSize(6)
          .isEqualTo(rows(demo, OTHERS));
      assertThat(
              rows(
                  demo, "SELECT round(lift::numeric, 6) FROM traffical.latest_results WHERE cuped"))
          .isEqualTo(rows(demo, ADJUSTED_LIFT));
    }
  }

  @Test
  void printsResultsAsJsonAndNothingElseOnStandardOutput() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();

    int code = demo(out, err, "--rows", "2000", "--format", "json");

    assertThat(code).as(err.toString(StandardCharsets.UTF_8)).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8).strip())
        .startsWith("[")
        .endsWith("]")
        .contains("\"policy_key\" : \"checkout_redesign\"", "\"metric_key\" : \"purchase_rate\"");
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("late rows").doesNotContain("ERROR");
  }

  @Test
  void refusesTooFewRows() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();

    assertThat(demo(new ByteArrayOutputStream(), err, "--rows", "5")).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("--rows must be at least 1000");
  }

  @Test
  void leavesNoFileBehind() throws SQLException {
    Path directory;
    try (Demo demo = Demo.start()) {
      demo.open(1_000);
      directory = demo.file().getParent();
      assertThat(directory).exists();
    }

    assertThat(directory).doesNotExist();
  }

  @Test
  void goesOnWhenKeptUntilItsScriptStopsIt() throws SQLException, IOException {
    Path script;
    Path directory;
    try (Demo demo = Demo.start()) {
      demo.open(1_000);
      directory = demo.file().getParent();
      script = demo.keep();
      demo.close();
      assertThat(rows(demo, "SELECT count(*) > 0 FROM analytics.orders")).containsExactly("t");
    }
    assertThat(Files.readString(directory.resolve("traffical.yaml"))).doesNotContain(": DEMO_");

    Command.of(List.of("sh", script.toString())).run(Path.of("/"));

    assertThat(directory).doesNotExist();
  }

  private static int demo(ByteArrayOutputStream out, ByteArrayOutputStream err, String... more) {
    List<String> arguments = new ArrayList<>(List.of("demo"));
    arguments.addAll(List.of(more));
    return Main.execute(
        arguments.toArray(String[]::new),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        Map.of());
  }

  private static List<String> rows(Demo demo, String sql) throws SQLException {
    try (Statement statement = demo.connection().createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> all = new ArrayList<>();
      while (rows.next()) {
        StringBuilder row = new StringBuilder(rows.getString(1));
        for (int i = 2; i <= rows.getMetaData().getColumnCount(); i++) {
          row.append('|').append(rows.getString(i));
        }
        all.add(row.toString());
      }
      return all;
    }
  }
}
