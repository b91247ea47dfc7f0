package io.traffical.pipeline.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlTemplateTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant END = Instant.parse("2026-01-01T01:00:00.000001999Z");

  @Test
  void rendersBothVariablesEverywhere() {
    SqlTemplate template =
        SqlTemplate.parse("SELECT '{{start_date}}', '{{ end_date }}', '{{start_date}}' $1 \\");

    assertThat(template.render(START, END))
        .isEqualTo(
            "SELECT '2026-01-01T00:00:00Z', '2026-01-01T01:00:00.000001Z',"
                + " '2026-01-01T00:00:00Z' $1 \\");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{{star_date}}|has an unknown variable \"star_date\"|did you mean {{start_date}}?",
        "{{ END_DATE }}|has an unknown variable \"END_DATE\"|did you mean {{end_date}}?",
        "{{startDate}}|has an unknown variable \"startDate\"|did you mean {{start_date}}?",
        "{{ user }}|has an unknown variable \"user\"|use {{start_date}} and {{end_date}}, or put a"
            + " blank between two plain braces",
        "{{}}|has an unknown variable \"\"|use {{start_date}} and {{end_date}}, or put a blank"
            + " between two plain braces",
        "{{start_date}|has a {{ that is never closed|close it with }}",
        "{{start_date {{end_date}}|has a {{ that is never closed|close it with }}",
      })
  void refusesUnknownVariables(String text, String message, String remedy) {
    assertThatThrownBy(() -> SqlTemplate.parse(text))
        .isInstanceOfSatisfying(
            InvalidSqlException.class,
            e -> assertThat(e.problems()).containsExactly(new SqlProblem(0, message, remedy)));
  }

  @Test
  void namesEveryUnknownVariable() {
    assertThatThrownBy(() -> SqlTemplate.parse("{{strat_date}} {{end_dat}}"))
        .hasMessage(
            "the SQL has an unknown variable \"strat_date\"; did you mean {{start_date}}?\n"
                + "the SQL has an unknown variable \"end_dat\"; did you mean {{end_date}}?");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1",
        "SELECT '{{start_date}}'",
        "SELECT '{{start_date}}' -- {{end_date}}",
        "SELECT '{{end_date}}' /* {{start_date}} */"
      })
  void knowsThatAVariableIsMissing(String sql) {
    assertThat(SqlTemplate.parse(sql).usesBothVariables()).isFalse();
  }

  @Test
  void knowsThatBothVariablesAreUsed() {
    assertThat(SqlTemplate.parse("SELECT '{{start_date}}', $${{end_date}}$$").usesBothVariables())
        .isTrue();
  }
}
