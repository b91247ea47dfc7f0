package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.window.Micros;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.postgresql.core.Utils;

/** Names, literals and reading statements of the tables in the program's own schema. */
public final class Tables {
  private static final int LONGEST_NAME = 63;

  private final String schema;

  /** Names tables of the given schema. */
  public Tables(String schema) {
    this.schema = schema;
  }

  /** Returns the table's name, qualified and quoted. */
  public String name(String table) {
    return identifier(schema) + "." + identifier(table);
  }

  String schema() {
    return schema;
  }

  /**
   * Returns the statement that reads a policy's stored assignments: key, allocation, the two times,
   * and the value of each dimension.
   */
  String selectAssignments(String policyKey, List<String> dimensions) {
    String values =
        dimensions.stream()
            .map(dimension -> ", dimensions ->> " + literal(dimension))
            .collect(Collectors.joining());
    return "SELECT unit_key, allocation_key, first_assigned_at, crossed_over_at"
        + values
        + " FROM "
        + name("assignments")
        + " WHERE policy_key = "
        + literal(policyKey);
  }

  /** Returns the statement that reads the totals of a set. */
  String selectTotals(String policyKey, int set) {
    return selectTallies("unit_total_sets", policyKey, set);
  }

  /** Returns the statement that reads a set's days before the given one (days since 1970). */
  String selectDays(String policyKey, int set, int before) {
    return selectTallies("unit_outcome_sets", policyKey, set) + " AND day < " + date(before);
  }

  private String selectTallies(String table, String policyKey, int set) {
    return "SELECT unit_key, tallies, entries FROM "
        + name(table)
        + " WHERE policy_key = "
        + literal(policyKey)
        + " AND set_id = "
        + set;
  }

  /** Returns a day (days since 1970) as a literal; those beyond Postgres's dates are infinite. */
  static String date(int day) {
    if (day == Integer.MIN_VALUE) {
      return "'-infinity'::date";
    }
    return day == Integer.MAX_VALUE
        ? "'infinity'::date"
        : literal(LocalDate.ofEpochDay(day).toString()) + "::date";
  }

  /**
   * Returns the name of a policy's partition of a table: with the key as it is when it is short and
   * plain, else with a slug and a hash; never longer than 63 bytes, never shared.
   *
   * @param suffix the table's own end of the name, at most 11 characters
   */
  static String partition(String policyKey, String suffix) {
    boolean isPlain = policyKey.matches("[a-z0-9_]{1,48}");
    String middle = policyKey;
    if (!isPlain) {
      String slug = policyKey.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_");
      middle = slug.substring(0, Math.min(24, slug.length())) + "-" + hash(policyKey);
    }
    String name = "_p_" + middle + "_" + suffix;
    if (name.length() > LONGEST_NAME) {
      throw new IllegalStateException("partition name too long: " + name);
    }
    return name;
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  static String identifier(String name) {
    try {
      return Utils.escapeIdentifier(null, name).toString();
    } catch (SQLException e) {
      throw new IllegalArgumentException("not a name: it contains a NUL", e);
    }
  }

  static String literal(String text) {
    try {
      return "'" + Utils.escapeLiteral(null, text, true) + "'";
    } catch (SQLException e) {
      throw new IllegalArgumentException("not a text: it contains a NUL", e);
    }
  }

  /** Returns the time as a timestamptz literal; the sentinels become Postgres's infinities. */
  static String timestamp(long micros) {
    if (micros <= Micros.BEFORE_ALL) {
      return "'-infinity'::timestamptz";
    }
    return micros >= Micros.AFTER_ALL
        ? "'infinity'::timestamptz"
        : literal(Micros.toInstant(micros).toString()) + "::timestamptz";
  }
}
