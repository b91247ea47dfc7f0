package io.traffical.pipeline.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlStatementTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1",
        "select 1",
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "WITH a AS MATERIALIZED (SELECT 1) SELECT * FROM a",
        "VALUES (1), (2)",
        "TABLE shop.orders",
        "SELECT 1 UNION SELECT 2",
        "SELECT a FROM t ORDER BY a",
        "(SELECT 1)",
        "((SELECT 1) UNION (SELECT 2))",
        "/* c */ SELECT 1",
        "-- c\nSELECT 1",
        "SELECT 1 -- c",
        "SELECT 1 /* ; */",
        "SELECT 1 /* a /* b; */ ; */ + 1",
        "SELECT ';'",
        "SELECT 'it''s; one'",
        "SELECT E'it\\'s; one'",
        "SELECT e'\\\\'",
        "SELECT E'a'\n 'b\\';'",
        "SELECT E'a' -- c\n 'b\\';'",
        "SELECT 'a\\'",
        "SELECT $$;$$",
        "SELECT $a$ $$ ; $b$ $a$",
        "SELECT a$b$c FROM t",
        "SELECT U&'\\0061;'",
        "SELECT 1 AS \";\"",
        "SELECT U&\"d\\0061;\" FROM t",
        "SELECT \"a\"\";\" FROM t",
        "SELECT a ? 'b', a::text, a #>> '{x}' FROM t",
        "SELECT {d '2026-01-01'}",
        "SELECT 1 AS into",
        "SELECT t.into FROM t",
        "SELECT update, delete FROM t",
        "SELECT 'INSERT INTO t'",
        "SELECT 5*--c;\n3",
        "SELECT 1;;",
      })
  void acceptsOneReadingStatement(String sql) {
    assertThat(SqlStatement.parse(sql).text()).isEqualTo(sql.replaceAll(";+$", ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1;",
        "SELECT 1 ; ",
        "SELECT 1; -- c",
        "SELECT 1;\n/* c */;\n",
        "; SELECT 1"
      })
  void dropsEmptyStatementsAround(String sql) {
    assertThat(SqlStatement.parse(sql).text()).isEqualTo("SELECT 1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "SELECT 1; SELECT 2|10|has 2 statements",
        "SELECT 1; DROP TABLE t; --|10|has 2 statements",
        "`  `|0|is empty",
        ";|0|is empty",
        "-- c|0|is empty",
        "/* c */ ;|0|is empty",
        "SHOW all|0|starts with SHOW",
        "call f()|0|starts with CALL",
        "EXPLAIN ANALYZE DELETE FROM t|0|starts with EXPLAIN",
        "COPY t TO STDOUT|0|starts with COPY",
        "BEGIN|0|starts with BEGIN",
        "INSERT INTO t VALUES (1)|0|starts with INSERT",
        "UPDATE t SET a = 1 RETURNING a|0|starts with UPDATE",
        "DELETE FROM t|0|starts with DELETE",
        "(DELETE FROM t)|1|starts with DELETE",
        "'SELECT'|0|starts with \"'SELECT'\"",
        "SELECT * INTO t FROM s|9|writes: it has INTO",
        "WITH a AS (INSERT INTO t VALUES (1) RETURNING *) TABLE a|11|writes: it has INSERT",
        "WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a|11|writes: it has DELETE",
        "WITH a AS MATERIALIZED (UPDATE t SET b = 1 RETURNING *) TABLE a|24|writes: it has UPDATE",
        "SELECT 'a|7|has a quote ' that is never closed",
        "SELECT E'a\\'|8|has a quote ' that is never closed",
        "SELECT \"a|7|has a quote \" that is never closed",
        "SELECT /* a /* b */|7|has a comment /* that is never closed",
        "SELECT $a$ $b$|7|has a dollar quote \"$a$\" that is never closed",
      })
  void refusesEverythingElse(String sql, int offset, String message) {
    assertThatThrownBy(() -> SqlStatement.parse(sql))
        .isInstanceOfSatisfying(
            InvalidSqlException.class,
            e -> {
              assertThat(e.problems()).hasSize(1);
              assertThat(e.problems().get(0).message()).isEqualTo(message);
              assertThat(e.problems().get(0).offset()).isEqualTo(offset);
            });
  }

  @Test
  void refusesNul() {
    assertThatThrownBy(() -> SqlStatement.parse("SELECT '\0'"))
        .hasMessage("the SQL has a NUL character; remove it");
  }
}
