package io.traffical.pipeline.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * A web shop with one experiment, made by the database itself: all that ever happens in it is
 * thought out first, and then heard of bit by bit. The same seed, size and end give the same rows.
 */
final class DemoShop {
  /** How much of the past the shop has. */
  static final Duration HISTORY = Duration.ofDays(21);

  /** Facts that come of one visitor, about, those before the experiment with them. */
  private static final double FACTS_PER_VISITOR = 3.996;

  /** With this one, chance does not hide any effect from those who look at the usual size. */
  private static final int SEED = 126_000;

  private static final String[][] DELIVERIES = {
    {
      "experiment_assignments",
      "feed_exposure",
      "user_id, assigned_at, experiment_name, variant, device"
    },
    {"orders", "feed_order", "order_id, user_id, order_total, status, event_time"},
    {"page_views", "feed_page_view", "user_id, page, event_time"},
    {"newsletter_signups", "feed_signup", "user_id, event_time"},
  };

  private final Connection connection;
  private Instant heardUntil = Instant.EPOCH;

  /** How many rows a delivery brought: exposures, and facts of all kinds. */
  record Delivered(long exposures, long facts) {}

  private DemoShop(Connection connection) {
    this.connection = connection;
  }

  /**
   * Creates the shop, still empty, and all that will have happened in it by {@code end}.
   *
   * @param connection the only one that can fill the shop
   * @param database the connection's database
   * @param password password of the role {@code traffical}
   * @param facts how many orders, page views and sign-ups there shall be, about
   * @param end exclusive end of what happens, a full hour
   */
  static DemoShop create(
      Connection connection, String database, String password, long facts, Instant end)
      throws SQLException {
    Instant start = end.minus(HISTORY);
    DemoShop shop = new DemoShop(connection);
    shop.execute(
        resource("shop.sql").replace("DEMO_DATABASE", database).replace("DEMO_PASSWORD", password));
    shop.execute(
        resource("feed.sql")
            .replace("DEMO_FIRST_DAY", start.truncatedTo(ChronoUnit.DAYS).toString())
            .replace("DEMO_START", start.toString())
            .replace("DEMO_END", end.toString())
            .replace("DEMO_SEED", Integer.toString(SEED))
            .replace("DEMO_VISITORS", Long.toString(Math.round(facts / FACTS_PER_VISITOR))));
    return shop;
  }

  /** Inserts what the database hears of before the given time and has not heard of yet. */
  Delivered hearUntil(Instant until) throws SQLException {
    long exposures = 0;
    long facts = 0;
    for (String[] delivery : DELIVERIES) {
      String sql =
          "INSERT INTO analytics.%s (%s) SELECT %s FROM pg_temp.%s"
              + " WHERE heard_at >= '%s' AND heard_at < '%s' ORDER BY heard_at, user_id";
      String columns = delivery[2];
      long rows =
          execute(sql.formatted(delivery[0], columns, columns, delivery[1], heardUntil, until));
      if (delivery[0].equals("experiment_assignments")) {
        exposures += rows;
      } else {
        facts += rows;
      }
      execute("ANALYZE analytics." + delivery[0]);
    }
    heardUntil = until;
    return new Delivered(exposures, facts);
  }

  private long execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
      return Math.max(0, statement.getLargeUpdateCount());
    }
  }

  /** Returns the text of a file beside this class. */
  static String resource(String name) {
    try (InputStream file = DemoShop.class.getResourceAsStream(name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
