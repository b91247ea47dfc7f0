package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.sql.RequiredColumns;
import io.traffical.pipeline.sql.SqlTemplate;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.Micros;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Compares the rows of a slice with those of its halves together: they are the same if the
 * definition's SQL is additive over time, which reading slice by slice relies on. All in one
 * snapshot.
 */
final class SliceHalves {
  private static final Duration LONGEST = Duration.ofSeconds(30);
  private static final String TIMED_OUT = "57014";

  private final Definitions definitions;
  private final SqlTemplate template;
  private final RequiredColumns columns;

  /** How many rows a stretch has, and the sum of their hashes. */
  private record Content(long rows, BigDecimal hash) {
    Content plus(Content other) {
      return new Content(rows + other.rows, hash.add(other.hash));
    }
  }

  SliceHalves(Definitions definitions, DefinitionRef definition) {
    this.definitions = definitions;
    this.template = Slices.template(definitions, definition);
    this.columns = ReadColumns.of(definitions, definition);
  }

  /**
   * Returns how the slice before a time differs from its halves, if it does.
   *
   * @param end exclusive end of the slice, at the boundary of a window
   * @throws SQLException if the server refuses the SQL, or is in trouble
   */
  Optional<Trouble> compare(Connection connection, long end) throws SQLException {
    long window = Micros.of(definitions.pipeline().window());
    long width = Micros.of(definitions.pipeline().scan());
    Instant start = Micros.toInstant(end - width);
    Instant middle =
        Micros.toInstant(end - (width > window ? Micros.ceil(width / 2, window) : width / 2));
    Instant last = Micros.toInstant(end);
    Duration timeout = definitions.pipeline().statementTimeout();
    Duration most = timeout.compareTo(LONGEST) < 0 ? timeout : LONGEST;
    try (GuardedReads reads = new GuardedReads(connection, definitions, most)) {
      Content whole = content(reads, start, last);
      Content halves = content(reads, start, middle).plus(content(reads, middle, last));
      return whole.equals(halves)
          ? Optional.empty()
          : Optional.of(different(start, middle, last, whole, halves));
    } catch (SQLException e) {
      if (TIMED_OUT.equals(e.getSQLState())) {
        return Optional.of(tooSlow(start, last, most));
      }
      throw e;
    }
  }

  private Content content(GuardedReads reads, Instant from, Instant to) throws SQLException {
    String sql = template.render(from, to);
    reads.describe(sql);
    String inside =
        " WHERE q.%1$s >= '%2$s' AND q.%1$s < '%3$s'"
            .formatted(Tables.identifier(columns.time()), from, to);
    String counted =
        "pg_catalog.count(*),"
            + " coalesce(pg_catalog.sum(pg_catalog.hashtextextended(q::text, 0)::numeric), 0)";
    Rows row = reads.first(GuardedReads.wrapped(counted, sql) + inside, 1);
    return new Content(
        ((Number) row.values().get(0).get(0)).longValue(),
        new BigDecimal(row.values().get(0).get(1).toString()));
  }

  private static Trouble different(
      Instant start, Instant middle, Instant end, Content whole, Content halves) {
    String found =
        whole.rows == halves.rows
            ? "%d other rows".formatted(halves.rows)
            : "%d rows together instead of %d".formatted(halves.rows, whole.rows);
    return new Trouble(
        SqlFailure.DEFINITION,
        null,
        "the rows of [%s, %s) are not those of its parts: [%s, %s) and [%s, %s) have %s"
            .formatted(start, end, start, middle, middle, end, found),
        "let the sql return single rows that do not depend on the slice; results are wrong"
            + " otherwise");
  }

  private static Trouble tooSlow(Instant start, Instant end, Duration most) {
    return new Trouble(
        SqlFailure.DEFINITION,
        null,
        "the rows of [%s, %s) could not be counted within %d s, so they were not compared with those of its parts"
            .formatted(start, end, most.toSeconds()),
        "an index on the time column makes slices cheap: traffical doctor");
  }
}
