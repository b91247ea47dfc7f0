package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.jdbc.Rows;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class OutputTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  private static Rows rows() {
    Rows rows = Rows.of("name", "n", "share", "at", "ok", "more");
    rows.add("größer", 1234L, 0.5, NOON, true, new Rows.Json("{\"a\": 1}"));
    rows.add("b \"c\"\n  d", 7, null, null, null, new Rows.Json("{}"));
    return rows;
  }

  private static String print(Output.Format format, int width, Rows rows) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new Output(new PrintStream(bytes, true, StandardCharsets.UTF_8), format, width).print(rows);
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void alignsNumbersRightAndLeavesNullsBlank() {
    assertThat(print(Output.Format.TABLE, Integer.MAX_VALUE, rows()))
        .isEqualTo(
            """
            name        n  share  at                    ok    more
            größer   1234    0.5  2026-01-01T12:00:00Z  true  {"a": 1}
            b "c" d     7
            """);
  }

  @Test
  void keepsTypesInJson() {
    assertThat(print(Output.Format.JSON, 20, rows()))
        .isEqualTo(
            """
            [
              { "name" : "größer", "n" : 1234, "share" : 0.5, "at" : "2026-01-01T12:00:00Z", "ok" : true, "more" : {"a": 1} },
              { "name" : "b \\"c\\"\\n  d", "n" : 7, "share" : null, "at" : null, "ok" : null, "more" : {} }
            ]
            """);
  }

  @Test
  void nestsRowsThatBelongToARow() {
    Rows inner = Rows.of("x");
    inner.add(new BigDecimal("1.50"));
    Rows outer = Rows.of("inner");
    outer.add(inner);

    assertThat(print(Output.Format.JSON, 80, outer).replaceAll("\\s+", ""))
        .isEqualTo("[{\"inner\":[{\"x\":1.50}]}]");
  }

  @Test
  void aJsonArrayWithoutRowsIsStillAnArray() {
    assertThat(print(Output.Format.JSON, 80, Rows.of("x")).replaceAll("\\s+", "")).isEqualTo("[]");
  }

  @Test
  void cutsTheWidestTextToTheWidthOfATerminal() {
    Rows rows = Rows.of("id", "error");
    rows.add("0123456789", "a long text that tells what has happened");

    assertThat(print(Output.Format.TABLE, 32, rows))
        .isEqualTo("id          error\n0123456789  a long text that te…\n");
  }
}
