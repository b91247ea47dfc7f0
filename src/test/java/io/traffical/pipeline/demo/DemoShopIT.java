package io.traffical.pipeline.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DemoShopIT {
  private static final Instant END = Instant.parse("2026-03-22T10:00:00Z");
  private static final String CHECKSUMS =
      """
      SELECT 'a ' || md5(string_agg(a::text, ',' ORDER BY a::text)) FROM analytics.experiment_assignments a
      UNION ALL SELECT 'o ' || md5(string_agg(o::text, ',' ORDER BY o::text)) FROM analytics.orders o
      UNION ALL SELECT 'p ' || md5(string_agg(p::text, ',' ORDER BY p::text)) FROM analytics.page_views p
      UNION ALL SELECT 'n ' || md5(string_agg(n::text, ',' ORDER BY n::text))
        FROM analytics.newsletter_signups n
      ORDER BY 1
      """;
  private static final String EVENTS =
      """
      (SELECT event_time FROM analytics.orders
       UNION ALL SELECT event_time FROM analytics.page_views
       UNION ALL SELECT event_time FROM analytics.newsletter_signups) events
      """;

  /** The role belongs to the server, which other tests use, too. */
  @AfterEach
  void dropRole() {
    try (TestDatabase any = TestDatabase.create()) {
      any.execute("DROP ROLE IF EXISTS traffical");
    }
  }

  @Test
  void isTheSameShopEveryTime() throws SQLException {
    List<String> first = checksums();
    dropRole();

    assertThat(checksums()).isEqualTo(first).doesNotContain("∅");
  }

  private static List<String> checksums() throws SQLException {
    try (TestDatabase database = TestDatabase.create();
        Connection connection = database.connect()) {
      shop(database, connection).hearUntil(END);
      return database.rows(CHECKSUMS);
    }
  }

  @Test
  void hasAsManyFactsAsAskedForAndAFewCrossovers() throws SQLException {
    try (TestDatabase database = TestDatabase.create();
        Connection connection = database.connect()) {
      DemoShop.Delivered delivered = shop(database, connection).hearUntil(END);

      assertThat(delivered.facts()).isBetween(19_000L, 21_000L);
      assertThat(number(database, "SELECT count(*) FROM analytics.experiment_assignments"))
          .isEqualTo(delivered.exposures());
      long users =
          number(database, "SELECT count(DISTINCT user_id) FROM analytics.experiment_assignments");
      long crossovers =
          number(
              database,
              "SELECT count(*) FROM (SELECT user_id FROM analytics.experiment_assignments"
                  + " GROUP BY user_id HAVING count(DISTINCT variant) > 1) crossed");
      assertThat(1000.0 * crossovers / users).isBetween(0.5, 6.0);
      assertThat(delivered.exposures()).isGreaterThan(users * 3 / 2);
    }
  }

  @Test
  void hearsOfSomeRowsOneToTwoHoursLate() throws SQLException {
    try (TestDatabase database = TestDatabase.create();
        Connection connection = database.connect()) {
      DemoShop shop = DemoShop.create(connection, database.name(), "any", 100_000, END);
      Instant before = END.minus(Duration.ofHours(3));
      shop.hearUntil(before);
      String late = "SELECT count(*) FROM " + EVENTS + " WHERE event_time < '" + before + "'";
      long early = number(database, late);

      shop.hearUntil(before.plus(Duration.ofHours(1)));

      assertThat(number(database, late)).isGreaterThan(early);
      assertThat(
              number(
                  database, "SELECT count(*) FROM " + EVENTS + " WHERE event_time > '" + END + "'"))
          .isZero();
    }
  }

  private static DemoShop shop(TestDatabase database, Connection connection) throws SQLException {
    return DemoShop.create(connection, database.name(), "any", 20_000, END);
  }

  private static long number(TestDatabase database, String sql) {
    return Long.parseLong(database.rows(sql).get(0));
  }
}
