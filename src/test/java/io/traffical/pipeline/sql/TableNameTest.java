package io.traffical.pipeline.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TableNameTest {
  @Test
  void findsTheTablesAndFoldsTheirNames() {
    assertThat(
            TableName.in(
                """
                WITH c AS (TABLE shop.carts) -- FROM shop.not_this
                SELECT o.id, 'FROM shop.nor_this', extract(year FROM o.at) FROM Shop.Orders AS o
                JOIN ONLY "My Schema"."a ""b"" c" ON true, customers, LATERAL f(o.id)
                """))
        .contains(
            new TableName("shop", "carts"),
            new TableName("shop", "orders"),
            new TableName("My Schema", "a \"b\" c"),
            new TableName(null, "customers"))
        .noneMatch(name -> name.name().contains("this"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT * FROM t | true",
        "SELECT o.* FROM t o | true",
        "SELECT a, * FROM t | true",
        "SELECT count(*) FROM t | false",
        "SELECT a * b AS c, 2 * a FROM t /* SELECT * */ | false",
        "SELECT '*' FROM t | false",
      })
  void knowsWhereAStarSelectsEverything(String sql, boolean isStar) {
    assertThat(SelectedStar.isIn(sql)).isEqualTo(isStar);
  }

  @Test
  void whatIsReadStandsBehindFromOrJoin() {
    assertThat(
            TableName.read(
                """
                WITH late AS (SELECT a.x, b FROM "S".t a, other)
                SELECT late.x, l.y FROM late JOIN raw.Events l ON true LEFT JOIN plain p ON p.z = l.z
                CROSS JOIN generate_series(1, 2) WHERE l.at BETWEEN '{{start_date}}' AND 'FROM no.no'
                """))
        .containsExactly(
            new TableName("S", "t"), new TableName("raw", "events"), new TableName(null, "plain"));
  }
}
