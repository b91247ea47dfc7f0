package io.traffical.pipeline.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.sql.RequiredColumns.Derived;
import io.traffical.pipeline.sql.RequiredColumns.Form;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the server makes of columns. */
class DerivedColumnsTest {
  private static final Derived IS_PAID = new Derived("status", Form.MEETS, "IN ('paid')");
  private static final Derived IS_NOT_PAID = new Derived("status", Form.FAILS, "IN ('paid')");
  private static final Derived ITEM = new Derived("item", Form.IDENTITY, null);
  private static final Derived COUNTRY = new Derived("country", Form.LABEL, null);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "MEETS    | IN ('a', 'b') | text        | coalesce(\"c\" IN ('a', 'b'), false)",
        "MEETS    | IN ('1')      | int4        | coalesce(\"c\" IN ('1'), false)",
        "FAILS    | IN ('a')      | text        | NOT coalesce(\"c\" IN ('a'), false)",
        "LABEL    |               | text        | \"left\"(\"c\"::text, 200)",
        "LABEL    |               | int8        | \"left\"(\"c\"::text, 200)",
        "IDENTITY |               | text        | \"c\"::text",
        "IDENTITY |               | bpchar      | \"c\"::text",
        "IDENTITY |               | int8        | \"c\"::text",
        "IDENTITY |               | uuid        | \"c\"::text",
        "IDENTITY |               | timestamptz | \"c\"::text",
        "IDENTITY |               | numeric     | pg_catalog.trim_scale(\"c\")::text",
        "IDENTITY |               | float4      | CASE WHEN \"c\" = 0 THEN '0' ELSE \"c\"::text END",
        "IDENTITY |               | float8      | CASE WHEN \"c\" = 0 THEN '0' ELSE \"c\"::text END",
      })
  void everyFormHasItsExpression(Form form, String condition, String type, String expected) {
    RequiredColumns required = fact(List.of(), new Derived("c", form, condition));

    assertThat(required.selectList(columns("k text", "t timestamptz", "c " + type)))
        .isEqualTo("\"k\"::text, \"t\", " + expected);
  }

  @Test
  void derivedColumnsComeLastInTheirOrderAndNamesAreQuoted() {
    RequiredColumns fact =
        RequiredColumns.ofFact(
            List.of("user_id", "company id"),
            "t",
            List.of("net", "item"),
            List.of(
                IS_NOT_PAID, IS_PAID, ITEM, new Derived("a\"b", Form.MEETS, "IN ('''', '\"')")));

    assertThat(
            fact.selectList(
                columns("item float8", "net numeric", "status text", "t timestamptz", "a\"b text")))
        .isEqualTo(
            "\"user_id\"::text, \"company id\"::text, \"t\", \"net\", \"item\","
                + " NOT coalesce(\"status\" IN ('paid'), false),"
                + " coalesce(\"status\" IN ('paid'), false),"
                + " CASE WHEN \"item\" = 0 THEN '0' ELSE \"item\"::text END,"
                + " coalesce(\"a\"\"b\" IN ('''', '\"'), false)");
    assertThat(fact.count()).isEqualTo(9);

    RequiredColumns assignments = RequiredColumns.ofAssignments("user_id", List.of(COUNTRY));
    assertThat(assignments.selectList(columns("country bpchar")))
        .isEqualTo(
            "\"user_id\"::text, \"assigned_at\", \"policy_key\"::text, \"allocation_key\"::text,"
                + " \"left\"(\"country\"::text, 200)");
    assertThat(assignments.count()).isEqualTo(5);
  }

  @ParameterizedTest
  @CsvSource({
    "int2",
    "int4",
    "int8",
    "float4",
    "float8",
    "numeric",
    "text",
    "varchar",
    "bpchar",
    "uuid",
    "bool",
    "date",
    "timestamp",
    "timestamptz",
  })
  void valuesOfTheseTypesCanBeToldApart(String type) {
    assertThat(fact(List.of(), ITEM).problems(columns("k text", "t timestamptz", "item " + type)))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"json", "jsonb", "bytea", "money", "interval", "_text"})
  void valuesOfOtherTypesCannotButCanBeComparedAndShown(String type) {
    List<Column> columns =
        columns("k text", "t timestamptz", "item " + type, "status " + type, "country " + type);

    assertThat(fact(List.of(), ITEM, IS_PAID, COUNTRY).problems(columns))
        .containsExactly(
            "column \"item\" is of type "
                + type
                + ", needed is a number, text, uuid, bool, date or time; write EXPRESSION::text AS item");
  }

  @Test
  void aMissingColumnIsNamedOnceHoweverManyConditionsItHas() {
    List<Column> columns = columns("k text", "t timestamptz", "item text", "item text");

    assertThat(fact(List.of("status"), IS_PAID, ITEM, IS_NOT_PAID, COUNTRY).problems(columns))
        .containsExactly(
            "column \"status\" is missing, found k, t, item, item; add it to the SELECT list",
            "column \"item\" is returned 2 times; give all but one another name with AS",
            "column \"country\" is missing, found k, t, item, item; add it to the SELECT list");
  }

  @Test
  void everyKeyOfAFactMustBeThere() {
    RequiredColumns fact =
        RequiredColumns.ofFact(List.of("user_id", "company_id"), "t", List.of(), List.of());

    assertThat(fact.problems(columns("company_id bytea", "t timestamptz")))
        .containsExactly(
            "column \"user_id\" is missing, found company_id, t; add it to the SELECT list",
            "column \"company_id\" is of type bytea, needed is a key of type int, bigint, uuid,"
                + " text or varchar; write EXPRESSION::text AS company_id");
  }

  private static RequiredColumns fact(List<String> numbers, Derived... derived) {
    return RequiredColumns.ofFact(List.of("k"), "t", numbers, Arrays.asList(derived));
  }

  private static List<Column> columns(String... namesAndTypes) {
    List<Column> columns = new ArrayList<>();
    for (String text : namesAndTypes) {
      String[] parts = text.split(" ", -1);
      columns.add(new Column(parts[0], parts[1]));
    }
    return columns;
  }
}
