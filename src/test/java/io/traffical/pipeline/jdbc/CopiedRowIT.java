package io.traffical.pipeline.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.testing.TestDatabase;
import io.traffical.pipeline.window.Micros;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/** What Postgres sends in binary form, decoded. */
class CopiedRowIT {
  private static TestDatabase database;

  /** Takes what a row decodes to. */
  private interface Decoder<T> {
    T decode(CopiedRow row);
  }

  @BeforeAll
  static void createDatabase() {
    database = TestDatabase.create();
  }

  @AfterAll
  static void dropDatabase() {
    database.close();
  }

  @Test
  void numericsAreTheNearestDoubles() throws Exception {
    List<BigDecimal> numbers = new ArrayList<>();
    for (String text :
        List.of(
            "0",
            "0.00",
            "1",
            "-1",
            "9999",
            "10000",
            "10001",
            "0.0001",
            "0.00001",
            "1e-20",
            "-1e-20",
            "1e20",
            "9007199254740991",
            "9007199254740992",
            "9007199254740993",
            "-9007199254740993",
            "9007199254740993.5",
            "0.1",
            "0.30000000000000004",
            "123456.789",
            "99999999999999999999.99999999999999999999",
            "1.7976931348623157e308",
            "4.9e-324",
            "1e-400",
            "12345678901234567890.12345678901234567890",
            "0.00000000000000000000000001",
            "100000000000000000000000000",
            "1000100010001",
            "0.0000000000010001")) {
      numbers.add(new BigDecimal(text));
    }
    Random random = new Random(20260101);
    for (int i = 0; i < 20_000; i++) {
      BigInteger digits = new BigInteger(1 + random.nextInt(133), random);
      BigDecimal number = new BigDecimal(digits, random.nextInt(60) - 20);
      numbers.add(random.nextBoolean() ? number : number.negate());
    }

    List<Double> decoded =
        copy(
            numbers.stream()
                .map(number -> "(" + number.toPlainString() + "::numeric)")
                .collect(Collectors.joining(",", "SELECT * FROM (VALUES ", ") AS v")),
            1,
            row -> row.number(0, "numeric"));

    assertThat(decoded).hasSameSizeAs(numbers);
    for (int i = 0; i < numbers.size(); i++) {
      // Postgres has no negative zero.
      double expected = numbers.get(i).doubleValue() + 0.0;
      assertThat(decoded.get(i) + 0.0).as(numbers.get(i).toString()).isEqualTo(expected);
    }
  }

  @Test
  void numericsThatAreNoNumbersAreNotFinite() throws Exception {
    List<Double> decoded =
        copy(
            "SELECT * FROM (VALUES ('NaN'::numeric), ('Infinity'), ('-Infinity'), (1e400),"
                + " (-1e400)) AS v",
            1,
            row -> row.number(0, "numeric"));

    assertThat(decoded).hasSize(5).noneMatch(Double::isFinite);
  }

  @Test
  void otherNumbersKeepEveryBit() throws Exception {
    List<List<Double>> decoded =
        copy(
            "SELECT (-32768)::int2, 2147483647::int4, (-9223372036854775808)::int8,"
                + " '1.1'::float4, 'Infinity'::float8, 4.9e-324::float8",
            6,
            row ->
                List.of(
                    row.number(0, "int2"),
                    row.number(1, "int4"),
                    row.number(2, "int8"),
                    row.number(3, "float4"),
                    row.number(4, "float8"),
                    row.number(5, "float8")));

    assertThat(decoded)
        .containsExactly(
            List.of(
                -32768.0,
                2147483647.0,
                (double) Long.MIN_VALUE,
                (double) 1.1f,
                Double.POSITIVE_INFINITY,
                Double.MIN_VALUE));
  }

  @Test
  void timesAreExactToTheMicrosecond() throws Exception {
    List<Long> decoded =
        copy(
            "SELECT * FROM (VALUES (timestamptz '2026-01-01T00:00:00.999999Z'), ('1999-12-31T"
                + "23:59:59.999999Z'), ('1970-01-01T00:00:00Z'), ('0044-03-15 00:00:00Z BC'),"
                + " ('12026-01-01T00:00:00Z'), ('2026-03-29 02:30:00 Europe/Berlin')) AS v",
            1,
            row -> row.micros(0));

    assertThat(decoded)
        .containsExactly(
            Micros.of(Instant.parse("2026-01-01T00:00:00.999999Z")),
            Micros.of(Instant.parse("1999-12-31T23:59:59.999999Z")),
            0L,
            Micros.of(Instant.parse("-0043-03-15T00:00:00Z")),
            Micros.of(Instant.parse("+12026-01-01T00:00:00Z")),
            Micros.of(Instant.parse("2026-03-29T01:30:00Z")));
  }

  @Test
  void infiniteTimesAreTheExtremes() throws Exception {
    assertThat(
            copy(
                "SELECT * FROM (VALUES (timestamptz 'infinity'), ('-infinity')) AS v",
                1,
                row -> row.micros(0)))
        .containsExactly(Long.MAX_VALUE, Long.MIN_VALUE);
  }

  @Test
  void textsAndNullsAndManyColumnsComeThrough() throws Exception {
    List<List<String>> decoded =
        copy(
            "SELECT 'a', NULL::text, '', U&'\\+01F600' || E'\\t\\n\\\\', 'e', 'f', 'g', 'h', 'i',"
                + " 'j', 'k' FROM generate_series(1, 3)",
            11,
            row -> {
              List<String> texts = new ArrayList<>();
              for (int i = 0; i < 11; i++) {
                texts.add(row.isNull(i) ? "(null)" : row.text(i));
              }
              return texts;
            });

    assertThat(decoded)
        .hasSize(3)
        .containsOnly(
            List.of("a", "(null)", "", "\uD83D\uDE00\t\n\\", "e", "f", "g", "h", "i", "j", "k"));
  }

  @Test
  void aStreamWithoutRowsIsEmpty() throws Exception {
    assertThat(copy("SELECT 1 WHERE false", 1, row -> 1)).isEmpty();
  }

  @Test
  void checksumsDoNotDependOnTheOrderButOnEveryByteAndOnHowOftenARowIsThere() throws Exception {
    long sum = checksum("SELECT * FROM (VALUES ('a', 1), ('b', 2)) AS v");

    assertThat(checksum("SELECT * FROM (VALUES ('b', 2), ('a', 1)) AS v")).isEqualTo(sum);
    assertThat(checksum("SELECT * FROM (VALUES ('a', 2), ('b', 1)) AS v")).isNotEqualTo(sum);
    assertThat(checksum("SELECT * FROM (VALUES ('a', 1), ('b', 2), ('b', 2)) AS v"))
        .isNotEqualTo(sum);
    assertThat(checksum("SELECT * FROM (VALUES ('a', NULL), ('b', 2)) AS v")).isNotEqualTo(sum);
  }

  private static long checksum(String sql) throws Exception {
    return copy(sql, 2, CopiedRow::checksum).stream().mapToLong(c -> c).sum();
  }

  private static <T> List<T> copy(String sql, int columns, Decoder<T> decoder)
      throws SQLException, IOException {
    List<T> decoded = new ArrayList<>();
    try (Connection connection = database.connect()) {
      CopyOut copy =
          connection
              .unwrap(PGConnection.class)
              .getCopyAPI()
              .copyOut("COPY (" + sql + ") TO STDOUT (FORMAT binary)");
      CopiedRow row = new CopiedRow();
      for (byte[] message = copy.readFromCopy(); message != null; message = copy.readFromCopy()) {
        if (row.read(message, columns)) {
          decoded.add(decoder.decode(row));
        }
      }
      CopyEnd.check(copy, decoded.size());
    }
    return decoded;
  }
}
