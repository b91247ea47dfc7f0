package io.traffical.pipeline.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.traffical.pipeline.sql.Additivity;
import io.traffical.pipeline.sql.InvalidSqlException;
import io.traffical.pipeline.sql.SqlStatement;
import io.traffical.pipeline.sql.SqlTemplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever text users and attackers write, the answer is a value or a message, soon, and no message
 * quotes a secret. {@code -Dtraffical.fuzz.seed=N} draws other texts, {@code
 * -Dtraffical.fuzz.inputs} more of them.
 */
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class FuzzTest {
  private static final long SEED = Long.getLong("traffical.fuzz.seed", 20260101L);
  private static final int INPUTS = Integer.getInteger("traffical.fuzz.inputs", 10_000);

  /** Long enough that no part of it comes up by chance. */
  private static final String SECRET = "Qx7Zv9Kw3J";

  private static final int PART = 5;

  private static final List<String> PIECES =
      List.of(
          "'",
          "\"",
          "\\",
          "$",
          "$$",
          "$x$",
          "{{",
          "}}",
          "{{start_date}}",
          "${",
          "${PW}",
          "}",
          "{",
          "[",
          "]",
          "(",
          ")",
          ";",
          "--",
          "/*",
          "*/",
          "\n",
          "\r\n",
          "\t",
          "\0",
          " ",
          ":",
          ": ",
          "- ",
          ",",
          "@",
          "/",
          "?",
          "&",
          "=",
          "%",
          "%41",
          "%00",
          "%zz",
          "%ff",
          "#",
          "!",
          "|",
          ">",
          "*x",
          "&x",
          "é",
          "😀",
          "\uD800",
          "\uFEFF",
          "\u2028",
          "E'",
          "U&'",
          "SELECT",
          "null",
          "~",
          "---",
          "host",
          "password",
          "sslmode=require",
          "[::1]",
          "65536",
          "99999999999999999999",
          "-1");

  private static final List<String> CONNECTION_STRINGS =
      List.of(
          "postgresql://traffical:" + SECRET + "@db.internal:5432/shop?sslmode=require",
          "postgres://u:" + SECRET + "@[::1]:6543/d?sslmode=disable",
          "postgresql://u%40x:" + SECRET + "%2F%3A@h1/d",
          "postgresql://h/d?user=u&password=" + SECRET,
          "host=h user=u password=" + SECRET + " dbname=d");

  private static final List<String> STATEMENTS =
      List.of(
          "SELECT user_id, event_time FROM src.orders WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'",
          "WITH o AS (SELECT * FROM orders -- a comment\n) SELECT DISTINCT * FROM o WHERE x = $$a;b$$ LIMIT 5;",
          "SELECT E'it\\'s', U&'\\0041', $tag$ ; $tag$, /* a /* nested */ one */ now() FROM t WHERE j ? 'k'",
          "VALUES (1, 'a'), (2, 'b'); -- end",
          "INSERT INTO t SELECT 1; DELETE FROM t RETURNING *");

  private static final List<String> FILES =
      List.of(
          """
          version: "1.0"
          connection: { host: db, database: shop, username: traffical, password: %s, sslMode: disable }
          entities:
            user: { keyType: userId }
          assignments:
            exposures: { entity: user, sql: "SELECT '{{start_date}}', '{{end_date}}'" }
          facts:
            orders:
              entity: user
              sql: |
                SELECT user_id, event_time, amount FROM orders
                WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'
          metrics:
            revenue: { fact: orders, aggregation: sum, valueColumn: amount }
          policies:
            p: { entity: user, allocations: { a: 0.5, b: 0.5 }, startsAt: 2026-01-01T00:00:00Z }
          """
              .formatted(SECRET),
          """
          version: "1.0"
          connection:
            connectionString: postgresql://u:%s@h:5432/d?sslmode=require
          source:
            host: replica
            password: "${PW}"
          pipeline: { window: 1h, overlap: 3h, readers: [a, "b"], sequential: { targetSampleSize: 9 } }
          """
              .formatted(SECRET));

  @TempDir private static Path directory;

  private final Random random = new Random(SEED);

  private interface Reader {
    /** Reads a text and returns what users would be told about it. */
    String read(String text) throws Exception;
  }

  private void fuzz(List<String> seeds, Reader reader) {
    int refused = 0;
    for (int i = 0; i < INPUTS; i++) {
      String text = draw(seeds);
      String said;
      try {
        said = reader.read(text);
      } catch (Exception | StackOverflowError e) {
        fail("seed %d, input %d: %s\n%s".formatted(SEED, i, shown(text), e), e);
        return;
      }
      refused += said.isEmpty() ? 0 : 1;
      for (int start = 0; start + PART <= SECRET.length(); start++) {
        if (said.contains(SECRET.substring(start, start + PART))) {
          fail("seed %d, input %d: %s\nsays: %s".formatted(SEED, i, shown(text), said));
        }
      }
    }
    assertThat(refused).as("refused of %d", INPUTS).isBetween(INPUTS / 50, INPUTS);
  }

  private static String shown(String text) {
    return text.codePoints()
        .mapToObj(c -> c >= ' ' && c < 127 ? Character.toString(c) : "\\u{%x}".formatted(c))
        .collect(Collectors.joining());
  }

  /** Draws a text: one in five by pieces only, the others a seed with some changes. */
  private String draw(List<String> seeds) {
    StringBuilder text = new StringBuilder();
    if (random.nextInt(5) == 0) {
      for (int pieces = random.nextInt(20); pieces >= 0; pieces--) {
        text.append(piece());
      }
      return text.toString();
    }
    text.append(seeds.get(random.nextInt(seeds.size())));
    for (int changes = random.nextInt(4); changes >= 0; changes--) {
      change(text);
    }
    return text.toString();
  }

  private String piece() {
    return random.nextInt(4) == 0
        ? Character.toString(random.nextInt(0x3000))
        : PIECES.get(random.nextInt(PIECES.size()));
  }

  private void change(StringBuilder text) {
    int at = random.nextInt(text.length() + 1);
    int to = Math.min(text.length(), at + 1 + random.nextInt(8));
    switch (random.nextInt(5)) {
      case 0 -> text.delete(at, to);
      case 1 -> text.insert(at, text.substring(at, to).repeat(1 + random.nextInt(3)));
      case 2 -> text.replace(at, to, piece());
      case 3 -> text.setLength(at);
      default -> text.insert(at, piece());
    }
  }

  @Test
  void connectionStrings() {
    fuzz(
        CONNECTION_STRINGS,
        text -> {
          try {
            assertThat(
                    ConnectionString.parse(text, new TlsFiles(Path.of("traffical.yaml")))
                        .toString())
                .contains("password=***");
            return "";
          } catch (RefusedException e) {
            return e.getMessage() + "; " + e.remedy();
          }
        });
  }

  @Test
  void templates() {
    Instant start = Instant.parse("2026-01-01T00:00:00Z");
    fuzz(
        STATEMENTS,
        text -> {
          try {
            String rendered = SqlTemplate.parse(text).render(start, start.plusSeconds(3600));
            assertThat(rendered).doesNotContain("{{start_date}}", "{{end_date}}");
            return "";
          } catch (InvalidSqlException e) {
            return e.problems().toString();
          }
        });
  }

  @Test
  void statements() {
    fuzz(
        STATEMENTS,
        text -> {
          try {
            String statement = SqlStatement.parse(text).text();
            assertThat(SqlStatement.parse(statement).text())
                .as("parsed twice")
                .isEqualTo(statement);
            Additivity.warnings(text);
            return "";
          } catch (InvalidSqlException e) {
            return e.problems().toString();
          }
        });
  }

  @Test
  void definitionFiles() {
    Path file = directory.resolve("traffical.yaml");
    fuzz(
        FILES,
        text -> {
          write(file, text);
          return DefinitionReader.check(file, Map.of("PW", SECRET)).problems().stream()
              .map(Problem::text)
              .collect(Collectors.joining("\n"));
        });
  }

  private static void write(Path file, String text) throws IOException {
    Files.write(file, text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }
}
