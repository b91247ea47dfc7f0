package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.traffical.pipeline.config.InvalidDefinitionsException;
import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.Shop;
import io.traffical.pipeline.window.DefinitionRef;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes through from the team's tables, and what does not. */
@ExtendWith(SharedCluster.ForJobs.class)
class ReadingIT {
  private static final String ORDERS_FROM = "SELECT user_id, event_time, amount FROM src.orders";
  private final Shop shop = new Shop();

  @AfterEach
  void dropDatabase() {
    shop.close();
  }

  @Test
  void rowsOnTheBoundariesOfWindowsSlicesAndRunsCountOnce() {
    shop.replace("scan: 6h", "scan: 1h").expose("'u1'", "a", 0).expose("'u2'", "b", 6);
    for (int hour = 0; hour <= 30; hour++) {
      shop.order("'u1'", "1", hour);
      shop.order("'u2'", "1", hour);
    }

    RunReport first = shop.run(12);
    assertThat(first.status()).as(first.error()).isEqualTo("succeeded");
    assertThat(first.rowsRead()).isEqualTo(2 + 24);
    assertThat(shop.results()).contains("orders|a|1|12", "orders|b|1|6");

    shop.run(13);
    shop.run(24);
    assertThat(shop.results()).contains("orders|a|1|24", "orders|b|1|18");
    assertThat(
            shop.database()
                .rows(
                    "SELECT sum(rows), count(*) FROM traffical.window_reads WHERE name = 'orders'"))
        .containsExactly("48|24");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "int     | bigint  | 42   | 42",
        "bigint  | text    | 9007199254740993 | 9007199254740993",
        "smallint| varchar | -7   | -7",
        "uuid    | text    | A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11 |"
            + " a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "text    | varchar(20) | u1 | u1",
      })
  void d7_keysOfDifferentTypesMeetInTheirTextForm(
      String assignmentType, String factType, String assigned, String fact) {
    shop.database()
        .execute(
            "ALTER TABLE src.exposures ALTER user_id TYPE %s USING user_id::%1$s; ALTER TABLE src.orders ALTER user_id TYPE %s USING user_id::%2$s"
                .formatted(assignmentType, factType));
    shop.expose("'" + assigned + "'", "a", 1).order("'" + fact + "'", "2.5", 2);

    RunReport report = shop.run(6);

    assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
    assertThat(shop.results()).contains("revenue|a|1|2.5", "orders|a|1|1");
  }

  @Test
  void d6_d10_hostileKeysComeThroughAsTheyAreOrAreRejectedAndCounted() {
    List<String> usable =
        List.of(
            "'quote '' and \"'",
            "E'back\\\\slash \\\\N \\\\.'",
            "E'tab\\tnewline\\nreturn\\r'",
            "U&'\\+01F600 emoji'",
            "' trailing blanks  '",
            "'{{start_date}}'",
            "'${PATH}'",
            "'%s_%'",
            "U&'e\\0301 decomposed'",
            "U&'\\00e9 composed'",
            "repeat('k', 1024)");
    for (int i = 0; i < usable.size(); i++) {
      shop.expose(usable.get(i), "a", 1).order(usable.get(i), String.valueOf(1 << i), 2);
    }
    for (String unusable : List.of("''", "repeat('k', 2048)", "repeat('k', 100000)", "NULL")) {
      shop.expose(unusable, "a", 1).order(unusable, "1000000", 2);
    }

    RunReport report = shop.run(6);

    assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
    assertThat(shop.results()).contains("revenue|a|11|2047");
    assertThat(
            shop.database()
                .rows(
                    "SELECT count(*) FROM traffical.assignments a JOIN src.exposures e ON e.user_id"
                        + " = a.unit_key"))
        .containsExactly("11");
    assertThat(rejections()).containsExactly("exposures|4", "orders|4", "visits|0");
  }

  @Test
  void d1_rowsWithoutKeyTimePolicyOrAllocationAreRejectedAndCounted() {
    shop.expose("'u1'", "a", 1).order("'u1'", "1", 2);
    shop.database()
        .execute(
            """
            INSERT INTO src.exposures VALUES
              (NULL, '2026-01-01T01:00:00Z', 'pricing', 'a'), ('u2', '2026-01-01T01:00:00Z', NULL, 'a'),
              ('u3', '2026-01-01T01:00:00Z', 'pricing', NULL), ('u3', NULL, 'pricing', 'a');
            INSERT INTO src.exposures VALUES
              ('u4', '2026-01-01T01:00:00Z', 'pricing', repeat('x', 70000)),
              ('u5', '2026-01-01T01:00:00Z', 'other', 'a'), ('u6', '2026-01-01T01:00:00Z', 'pricing', 'c');
            INSERT INTO src.orders VALUES (NULL, '2026-01-01T02:00:00Z', 100), ('u1', 'infinity', 100);
            """);
    shop.orders(ORDERS_FROM + " WHERE event_time >= '{{start_date}}'")
        .replace(
            "WHERE assigned_at BETWEEN '{{start_date}}' AND '{{end_date}}'",
            "WHERE assigned_at IS NULL OR assigned_at BETWEEN '{{start_date}}' AND '{{end_date}}'")
        .replace("scan: 6h", "scan: 1d")
        .replace("parallelism: 2", "parallelism: 1")
        .replace("maxRejectedShare: 0.5", "maxRejectedShare: 1");

    RunReport report = shop.run(6);

    assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
    assertThat(rejections()).containsExactly("exposures|5", "orders|2", "visits|0");
    assertThat(shop.results()).contains("orders|a|1|1", "revenue|a|1|1");
    assertThat(
            shop.database()
                .rows("SELECT undeclared FROM traffical.run_definitions WHERE name = 'exposures'"))
        .containsExactly("{\"other\": 1, \"pricing/c\": 1}");
  }

  @Test
  void d2_valuesThatAreNoNumbersAreLeftOutOfSumsButTheirRowsCount() {
    shop.expose("'u1'", "a", 1)
        .order("'u1'", "1.5", 2)
        .order("'u1'", "NULL", 2)
        .order("'u1'", "'NaN'", 2)
        .order("'u1'", "'Infinity'", 2)
        .order("'u1'", "'-Infinity'", 2)
        .order("'u1'", "1e400", 2)
        .order("'u1'", "2", 2);

    RunReport report = shop.run(6);

    assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
    assertThat(shop.results()).contains("orders|a|1|7", "revenue|a|1|3.5");
    assertThat(rejections()).contains("orders|4");
    assertThat(
            shop.database()
                .rows(
                    "SELECT first_rejection FROM traffical.run_definitions WHERE name = 'orders'"))
        .singleElement()
        .asString()
        .startsWith("fact orders window=[2026-01-01T00:00:00Z,")
        .endsWith(": column \"amount\" is NaN, infinite or too large");
  }

  @Test
  void tooManyUnusableRowsFailTheDefinitionAndSayWhichWasFirst() {
    shop.replace("maxRejectedShare: 0.5", "maxRejectedShare: 0.01")
        .expose("'u1'", "a", 1)
        .order("'u1'", "1", 2)
        .order("NULL", "1", 2);

    RunReport report = shop.run(6);

    assertThat(report.status()).isEqualTo("partial");
    assertThat(report.error())
        .isEqualTo(
            "fact orders: DATA: 1 of 2 rows are unusable, more than maxRejectedShare 0.01 allows;"
                + " the first: fact orders window=[2026-01-01T00:00:00Z,2026-01-01T03:00:00Z): the"
                + " unit's key is null; mend the SQL or raise maxRejectedShare");
    assertThat(shop.results()).containsExactly("visited|a|1|0", "visited|b|0|0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "event_time::timestamp AS event_time, user_id, amount | column \"event_time\" is of type"
            + " timestamp, needed is timestamptz; write EXPRESSION AT TIME ZONE 'UTC' AS"
            + " event_time, with the zone that it is in",
        "user_id, amount | column \"event_time\" is missing, found user_id, amount; add it to the"
            + " SELECT list",
        "user_id, event_time, amount, user_id | column \"user_id\" is returned 2 times; give all"
            + " but one another name with AS",
        "user_id AS \"User_ID\", event_time, amount | column \"user_id\" is missing, found User_ID,"
            + " event_time, amount; add it to the SELECT list",
        "user_id, event_time, amount::text AS amount | column \"amount\" is of type text, needed is"
            + " a number; write EXPRESSION::numeric AS amount",
        "user_id::char(8) AS user_id, event_time, amount | column \"user_id\" is of type bpchar,"
            + " needed is a key of type int, bigint, uuid, text or varchar; write EXPRESSION::text"
            + " AS user_id",
      })
  void c7_c10_columnsThatDoNotFitAreNamedWithTheirRemedy(String columns, String problem) {
    shop.orders("SELECT " + columns + " FROM src.orders WHERE event_time < '{{end_date}}'");

    assertThat(shop.preview().broken())
        .containsOnly(
            Map.entry(DefinitionRef.fact("orders"), "fact orders: DEFINITION: " + problem));
  }

  @Test
  void c3_c4_c6_sqlThatWritesOrBreaksOutIsRefusedAndChangesNothing() {
    shop.fill(10, 6);
    shop.database()
        .execute(
            """
            CREATE SEQUENCE src.numbers;
            CREATE TABLE src.written (i int);
            CREATE FUNCTION src.write(amount numeric) RETURNS numeric LANGUAGE plpgsql SECURITY DEFINER
            AS $$ BEGIN INSERT INTO src.written VALUES (1); RETURN amount; END $$;
            """);
    List<String> before = shop.source();
    List<String> attacks =
        List.of(
            "SELECT 1) TO STDOUT",
            ORDERS_FROM + ") TO STDOUT --",
            ORDERS_FROM + ") AS q) TO PROGRAM 'true' --",
            ORDERS_FROM + ") AS q, (SELECT src.write(1)",
            "SELECT user_id, event_time, src.write(amount) AS amount FROM src.orders",
            "SELECT user_id, event_time, nextval('src.numbers') AS amount FROM src.orders",
            "SELECT user_id, event_time, amount FROM src.orders, (SELECT"
                + " set_config('transaction_read_only', 'off', false)) x, src.write(1)",
            ORDERS_FROM + " FOR UPDATE",
            ORDERS_FROM + " WHERE event_time > {d '2026-01-01'}",
            "SELECT user_id, event_time, amount FROM src.missing",
            ORDERS_FROM + " WHERE (amount > 0");
    for (int i = 0; i < attacks.size(); i++) {
      shop.addFact("attack_" + i, attacks.get(i));
    }

    RunReport report = shop.run(6);

    assertThat(report.status()).isEqualTo("partial");
    assertThat(report.error().lines())
        .hasSize(attacks.size())
        .allSatisfy(line -> assertThat(line).startsWith("fact attack_").contains("DEFINITION"));
    assertThat(shop.results())
        .extracting(row -> row.substring(0, row.indexOf('|')))
        .containsOnly("orders", "revenue", "visited");
    assertThat(shop.source()).isEqualTo(before);
    assertThat(shop.database().rows("SELECT count(*) FROM src.written")).containsExactly("0");
    assertThat(shop.database().rows("SELECT is_called FROM src.numbers")).containsExactly("f");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1) TO STDOUT; DROP TABLE src.orders; --",
        ORDERS_FROM + "; DELETE FROM src.orders",
        "DELETE FROM src.orders RETURNING user_id, event_time, amount",
        "WITH gone AS (DELETE FROM src.orders RETURNING *) SELECT * FROM gone",
        "SELECT user_id, event_time, amount INTO src.copy FROM src.orders",
        "COPY src.orders TO STDOUT",
        "COPY src.orders TO PROGRAM 'true'",
        "CALL src.write(1)",
        "SHOW search_path",
        "EXPLAIN ANALYZE DELETE FROM src.orders",
        "BEGIN",
        "SET TRANSACTION READ WRITE",
        "/* nothing */ ;",
        "-- nothing",
      })
  void c2_c3_sqlThatItsTextGivesAwayIsRefusedBeforeAnythingIsConnected(String sql) {
    shop.orders(sql);

    assertThatThrownBy(shop::definitions).isInstanceOf(InvalidDefinitionsException.class);
  }

  @Test
  void c1_c8_readingSqlOfEveryShapeIsAccepted() {
    shop.expose("'u1'", "a", 1).order("'u1'", "7", 2);
    List<String> shapes =
        List.of(
            ORDERS_FROM + ";",
            ORDERS_FROM + "; -- a comment",
            ORDERS_FROM + " -- a comment",
            ORDERS_FROM + " /* a /* nested */ comment */",
            "; " + ORDERS_FROM + " WHERE ';' <> $$x;$$",
            "(" + ORDERS_FROM + ")",
            "TABLE src.orders",
            ORDERS_FROM + " WHERE '{\"a\": 1}'::jsonb ? 'a' AND event_time::date > '2025-01-01'",
            "WITH o AS (" + ORDERS_FROM + ") SELECT * FROM o",
            ORDERS_FROM + " UNION ALL SELECT 'nobody', now(), 0 ORDER BY 2",
            "SELECT amount, event_time, 'x' AS dup, 'y' AS dup, user_id FROM src.orders",
            "SELECT * FROM (VALUES ('u1', timestamptz '2026-01-01T02:00Z', 7)) v (user_id,"
                + " event_time, amount)");
    for (int i = 0; i < shapes.size(); i++) {
      shop.addFact("shape_" + i, shapes.get(i));
    }

    RunReport report = shop.run(6);

    assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
    assertThat(shop.results())
        .filteredOn(row -> row.matches("shape_\\d+\\|a\\|1\\|7"))
        .hasSize(shapes.size());
  }

  @Test
  void eachDefinitionIsReadOnceHoweverManyPoliciesAndMetricsUseIt() {
    shop.fill(100, 12)
        .replace("scan: 6h", "scan: 1d")
        .replace("parallelism: 2", "parallelism: 1")
        .replace(
            "policies:\n",
            """
            policies:
              second: { entity: user, allocations: { a: 0.5, b: 0.5 }, startsAt: 2026-01-01T03:00:00Z }
            """);
    shop.database().execute("SELECT pg_stat_reset()");
    List<String> before = shop.source();
    long scansBefore = scans("orders");

    RunReport report = shop.run(12);

    assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
    assertThat(
            shop.database().rows("SELECT name, queries FROM traffical.run_definitions ORDER BY 1"))
        .containsExactly("exposures|1", "orders|1", "visits|1");
    await().untilAsserted(() -> assertThat(scans("orders") - scansBefore).isEqualTo(1));
    assertThat(shop.source()).isEqualTo(before);
  }

  private long scans(String table) {
    return Long.parseLong(
        shop.database()
            .rows(
                "SELECT seq_scan + coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = '"
                    + table
                    + "'")
            .get(0));
  }

  private List<String> rejections() {
    return shop.database()
        .rows("SELECT name, rows_rejected FROM traffical.run_definitions ORDER BY 1");
  }
}
