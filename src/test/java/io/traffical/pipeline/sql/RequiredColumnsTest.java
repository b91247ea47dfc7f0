package io.traffical.pipeline.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequiredColumnsTest {
  private static final RequiredColumns ASSIGNMENTS =
      RequiredColumns.ofAssignments("user_id", List.of());
  private static final RequiredColumns FACT =
      RequiredColumns.ofFact(List.of("user_id"), "event_time", List.of("net", "total"), List.of());

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text    | int2",
        "varchar | int4",
        "uuid    | int8",
        "int2    | float4",
        "int4    | float8",
        "int8    | numeric",
      })
  void keysAndNumbersMayHaveTheseTypes(String key, String number) {
    assertThat(
            FACT.problems(
                columns(
                    "user_id", key, "event_time", "timestamptz", "net", number, "total", number)))
        .isEmpty();
  }

  @Test
  void everyProblemIsNamedWithItsRemedy() {
    assertThat(
            ASSIGNMENTS.problems(
                columns(
                    "user_id",
                    "numeric",
                    "assigned_at",
                    "timestamp",
                    "policy_key",
                    "int4",
                    "policy_key",
                    "int4")))
        .containsExactly(
            "column \"user_id\" is of type numeric, needed is a key of type int, bigint, uuid, text or varchar; write EXPRESSION::text AS user_id",
            "column \"assigned_at\" is of type timestamp, needed is timestamptz; write EXPRESSION AT TIME ZONE 'UTC' AS assigned_at, with the zone that it is in",
            "column \"policy_key\" is returned 2 times; give all but one another name with AS",
            "column \"allocation_key\" is missing, found user_id, assigned_at, policy_key, policy_key; add it to the SELECT list");
    assertThat(FACT.problems(columns("user_id", "text", "event_time", "date", "net", "money")))
        .containsExactly(
            "column \"event_time\" is of type date, needed is timestamptz; write EXPRESSION AT TIME ZONE 'UTC' AS event_time, with the zone that it is in",
            "column \"net\" is of type money, needed is a number; write EXPRESSION::numeric AS net",
            "column \"total\" is missing, found user_id, event_time, net; add it to the SELECT list");
    assertThat(RequiredColumns.ofFact(List.of("k"), "t", List.of(), List.of()).problems(List.of()))
        .containsExactly(
            "column \"k\" is missing, found none; add it to the SELECT list",
            "column \"t\" is missing, found none; add it to the SELECT list");
  }

  @Test
  void columnsAreComparedAsPostgresWritesThem() {
    assertThat(
            RequiredColumns.ofFact(List.of("user_id"), "t", List.of(), List.of())
                .problems(columns("USER_ID", "text", "t", "timestamptz")))
        .containsExactly(
            "column \"user_id\" is missing, found USER_ID, t; add it to the SELECT list");
  }

  @Test
  void theSelectListQuotesNamesAndReadsKeysAsText() {
    assertThat(FACT.selectList(List.of()))
        .isEqualTo("\"user_id\"::text, \"event_time\", \"net\", \"total\"");
    assertThat(FACT.count()).isEqualTo(4);
    assertThat(ASSIGNMENTS.selectList(List.of()))
        .isEqualTo(
            "\"user_id\"::text, \"assigned_at\", \"policy_key\"::text, \"allocation_key\"::text");
    assertThat(
            RequiredColumns.ofFact(List.of("a\"b"), "t", List.of(), List.of())
                .selectList(List.of()))
        .isEqualTo("\"a\"\"b\"::text, \"t\"");
  }

  private static List<Column> columns(String... namesAndTypes) {
    List<Column> columns = new java.util.ArrayList<>();
    for (int i = 0; i < namesAndTypes.length; i += 2) {
      columns.add(new Column(namesAndTypes[i], namesAndTypes[i + 1]));
    }
    return columns;
  }
}
