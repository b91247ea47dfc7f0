package io.traffical.pipeline.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.traffical.pipeline.window.Micros;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TablesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "pricing_test",
        "a",
        "2026",
        "_",
        "a23456789012345678901234567890123456789012345678"
      })
  void plainKeysNameTheirPartitionAsTheyAre(String key) {
    assertThat(Tables.partition(key, "assignments")).isEqualTo("_p_" + key + "_assignments");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Pricing Test",
        "",
        "a234567890123456789012345678901234567890123456789",
        "\uD83D\uDE00\uD83D\uDE00\uD83D\uDE00\uD83D\uDE00",
        "x\"(i int); drop table src.orders; --",
        "../../etc/passwd",
        "\u0130\u0130\u0130\u0130\u0130\u0130\u0130\u0130\u0130\u0130\u0130\u0130\u0130\u0130",
        "ключ эксперимента с очень длинным именем, которое не помещается",
      })
  void otherKeysAreASlugAndAHashOfAtMost63Bytes(String key) {
    String name = Tables.partition(key, "assignments");

    assertThat(name).matches("_p_[a-z0-9_]{0,24}-[0-9a-f]{12}_assignments");
    assertThat(name.getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(63);
    assertThat(Tables.partition(key.repeat(40), "assignments").length()).isLessThanOrEqualTo(63);
  }

  @Test
  void differentKeysNeverShareAPartition() {
    Set<String> names = new HashSet<>();
    String longKey = "k".repeat(48);
    List<String> keys =
        List.of(
            "a",
            "A",
            "a ",
            " a",
            "a-b",
            "a_b",
            "a b",
            "a\nb",
            "",
            " ",
            "é",
            "e\u0301",
            longKey,
            longKey + "k",
            longKey + "l",
            Tables.partition("A", "assignments"),
            "a-559aead08264");
    for (String key : keys) {
      assertThat(names.add(Tables.partition(key, "assignments"))).as(key).isTrue();
    }
  }

  @Test
  void namesAndLiteralsAreQuoted() {
    assertThat(new Tables("My \"schema\"").name("runs"))
        .isEqualTo("\"My \"\"schema\"\"\".\"runs\"");
    assertThat(Tables.literal("it's a \\ backslash")).isEqualTo("'it''s a \\ backslash'");
    assertThatThrownBy(() -> Tables.literal("a\u0000b"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Tables.identifier("a\u0000b"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void sentinelsBecomeInfinities() {
    assertThat(Tables.timestamp(Micros.AFTER_ALL)).isEqualTo("'infinity'::timestamptz");
    assertThat(Tables.timestamp(Micros.BEFORE_ALL)).isEqualTo("'-infinity'::timestamptz");
    assertThat(Tables.timestamp(Micros.of(Instant.parse("2026-01-01T00:00:00.000001Z"))))
        .isEqualTo("'2026-01-01T00:00:00.000001Z'::timestamptz");
    assertThat(Tables.date(-1)).isEqualTo("'1969-12-31'::date");
    assertThat(Tables.date(Integer.MIN_VALUE)).isEqualTo("'-infinity'::date");
    assertThat(Tables.date(Integer.MAX_VALUE)).isEqualTo("'infinity'::date");
  }
}
