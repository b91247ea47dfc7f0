package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.sql.Column;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A condition that a unit's key is one of some, in the key's own type, so that an index on it can
 * be used.
 *
 * @param column the key's column; null for no condition
 * @param keys the keys as the program knows them: the text of the column
 */
record KeyCondition(String column, List<String> keys) {
  static final KeyCondition NONE = new KeyCondition(null, List.of());

  private static final Pattern UUID =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  /**
   * Returns the condition, to be put behind a selection.
   *
   * @param columns what the SQL returns
   */
  String condition(List<Column> columns) {
    if (column == null) {
      return "";
    }
    String type =
        columns.stream()
            .filter(c -> c.name().equals(column))
            .map(Column::type)
            .findFirst()
            .orElseThrow();
    String array =
        keys.stream()
            .filter(possible(type))
            .map(key -> '"' + key.replace("\\", "\\\\").replace("\"", "\\\"") + '"')
            .collect(Collectors.joining(",", "{", "}"));
    String arrayType = type.equals("varchar") ? "text" : type;
    return " WHERE %s = ANY (%s::%s[])"
        .formatted(Tables.identifier(column), Tables.literal(array), arrayType);
  }

  /** A key that is not written as the type writes its values is not the text of any. */
  private static Predicate<String> possible(String type) {
    return switch (type) {
      case "int2" -> key -> isWhole(key, Short.MIN_VALUE, Short.MAX_VALUE);
      case "int4" -> key -> isWhole(key, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case "int8" -> key -> isWhole(key, Long.MIN_VALUE, Long.MAX_VALUE);
      case "uuid" -> key -> UUID.matcher(key).matches();
      default -> key -> true;
    };
  }

  private static boolean isWhole(String key, long least, long most) {
    try {
      long value = Long.parseLong(key);
      return value >= least && value <= most && Long.toString(value).equals(key);
    } catch (NumberFormatException e) {
      return false;
    }
  }
}
