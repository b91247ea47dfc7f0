package io.traffical.pipeline.sql;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The columns that the pipeline reads from a definition's SQL, in the order in which it reads them:
 * the units' keys, the time, then the others.
 *
 * @param keys columns with units' keys, one per kind of unit
 * @param time column with the time of the row
 * @param texts columns read as text: policy and allocation
 * @param numbers columns read as numbers: the values that metrics use
 * @param derived what the server makes of columns
 */
public record RequiredColumns(
    List<String> keys, String time, List<String> texts, List<String> numbers, List<Derived> derived)
    implements Serializable {
  private static final Set<String> KEY_TYPES =
      Set.of("int2", "int4", "int8", "uuid", "text", "varchar");
  private static final Set<String> NUMBER_TYPES =
      Set.of("int2", "int4", "int8", "float4", "float8", "numeric");
  private static final Set<String> DISTINCT_TYPES =
      Set.of(
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
          "timestamptz");

  /** What is made of a column. */
  public enum Form {
    /** Whether the column meets a condition; null does not. */
    MEETS,
    /** Whether the column fails a condition; null does. */
    FAILS,
    /** A text that is equal for equal values only. */
    IDENTITY,
    /** Its text, for people. */
    LABEL
  }

  /**
   * Something that the server makes of a column.
   *
   * @param condition what to put behind the column, of a condition; else null
   */
  public record Derived(String column, Form form, String condition) implements Serializable {

    /** Returns the expression over the quoted column. */
    private String expression(String type) {
      String name = quoted(column);
      return switch (form) {
        case MEETS -> "coalesce(" + name + " " + condition + ", false)";
        case FAILS -> "NOT coalesce(" + name + " " + condition + ", false)";
        case LABEL -> "\"left\"(" + name + "::text, 200)";
        case IDENTITY ->
            switch (type) {
              case "numeric" -> "pg_catalog.trim_scale(" + name + ")::text";
              case "float4", "float8" ->
                  "CASE WHEN %s = 0 THEN '0' ELSE %s::text END".formatted(name, name);
              default -> name + "::text";
            };
      };
    }
  }

  /** The columns of an assignment definition. */
  public static RequiredColumns ofAssignments(String key, List<Derived> derived) {
    return new RequiredColumns(
        List.of(key), "assigned_at", List.of("policy_key", "allocation_key"), List.of(), derived);
  }

  /** The columns of a fact definition. */
  public static RequiredColumns ofFact(
      List<String> keys, String time, List<String> values, List<Derived> derived) {
    return new RequiredColumns(keys, time, List.of(), values, derived);
  }

  /** Returns what is wrong with the columns that the SQL returns; empty when nothing is. */
  public List<String> problems(List<Column> columns) {
    List<String> problems = new ArrayList<>();
    for (String key : keys) {
      check(
          key,
          columns,
          KEY_TYPES,
          "a key of type int, bigint, uuid, text or varchar",
          "::text AS " + key,
          problems);
    }
    check(
        time,
        columns,
        Set.of("timestamptz"),
        "timestamptz",
        " AT TIME ZONE 'UTC' AS " + time + ", with the zone that it is in",
        problems);
    for (String text : texts) {
      check(text, columns, Set.of("text", "varchar"), "text", "::text AS " + text, problems);
    }
    for (String number : numbers) {
      check(number, columns, NUMBER_TYPES, "a number", "::numeric AS " + number, problems);
    }
    for (Derived item : derived) {
      Set<String> types = item.form() == Form.IDENTITY ? DISTINCT_TYPES : null;
      int known = problems.size();
      check(
          item.column(),
          columns,
          types,
          "a number, text, uuid, bool, date or time",
          "::text AS " + item.column(),
          problems);
      if (problems.size() > known && problems.indexOf(problems.get(known)) < known) {
        problems.remove(known); // several conditions on one column: said once
      }
    }
    return problems;
  }

  private static void check(
      String name,
      List<Column> columns,
      Set<String> types,
      String wanted,
      String cast,
      List<String> problems) {
    List<Column> found = columns.stream().filter(column -> column.name().equals(name)).toList();
    if (found.isEmpty()) {
      List<String> names = columns.stream().map(Column::name).toList();
      problems.add(
          "column %s is missing, found %s; add it to the SELECT list"
              .formatted(
                  Wording.quoted(name), names.isEmpty() ? "none" : String.join(", ", names)));
    } else if (found.size() > 1) {
      problems.add(
          "column %s is returned %d times; give all but one another name with AS"
              .formatted(Wording.quoted(name), found.size()));
    } else if (types != null && !types.contains(found.get(0).type())) {
      problems.add(
          "column %s is of type %s, needed is %s; write EXPRESSION%s"
              .formatted(Wording.quoted(name), found.get(0).type(), wanted, cast));
    }
  }

  /**
   * Returns the SELECT list that reads the columns from a subquery, keys and texts as text.
   *
   * @param columns what the SQL returns; {@link #problems} has found nothing wrong with it
   */
  public String selectList(List<Column> columns) {
    List<String> items = new ArrayList<>();
    keys.forEach(key -> items.add(quoted(key) + "::text"));
    items.add(quoted(time));
    texts.forEach(text -> items.add(quoted(text) + "::text"));
    numbers.forEach(number -> items.add(quoted(number)));
    for (Derived item : derived) {
      items.add(item.expression(type(item.column(), columns)));
    }
    return String.join(", ", items);
  }

  private static String type(String name, List<Column> columns) {
    return columns.stream()
        .filter(column -> column.name().equals(name))
        .map(Column::type)
        .findFirst()
        .orElseThrow();
  }

  /** Returns the number of columns read. */
  public int count() {
    return keys.size() + 1 + texts.size() + numbers.size() + derived.size();
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
