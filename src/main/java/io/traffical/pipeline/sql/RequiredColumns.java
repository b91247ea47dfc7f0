package io.traffical.pipeline.sql;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The columns that the pipeline reads from a definition's SQL, in the order in which it reads them:
 * the unit's key, the time, then the others.
 *
 * @param key column with the unit's key
 * @param time column with the time of the row
 * @param texts columns read as text: policy and allocation
 * @param numbers columns read as numbers: the values that metrics use
 */
public record RequiredColumns(String key, String time, List<String> texts, List<String> numbers)
    implements Serializable {
  private static final Set<String> KEY_TYPES =
      Set.of("int2", "int4", "int8", "uuid", "text", "varchar");
  private static final Set<String> NUMBER_TYPES =
      Set.of("int2", "int4", "int8", "float4", "float8", "numeric");

  /** The columns of an assignment definition. */
  public static RequiredColumns ofAssignments(String key) {
    return new RequiredColumns(
        key, "assigned_at", List.of("policy_key", "allocation_key"), List.of());
  }

  /** The columns of a fact definition. */
  public static RequiredColumns ofFact(String key, String time, List<String> values) {
    return new RequiredColumns(key, time, List.of(), values);
  }

  /** Returns what is wrong with the columns that the SQL returns; empty when nothing is. */
  public List<String> problems(List<Column> columns) {
    List<String> problems = new ArrayList<>();
    check(
        key,
        columns,
        KEY_TYPES,
        "a key of type int, bigint, uuid, text or varchar",
        "::text AS " + key,
        problems);
    check(
        time,
        columns,
        Set.of("timestamptz"),
        "timestamptz",
        " AT TIME ZONE 'UTC' AS " + time,
        problems);
    for (String text : texts) {
      check(text, columns, Set.of("text", "varchar"), "text", "::text AS " + text, problems);
    }
    for (String number : numbers) {
      check(number, columns, NUMBER_TYPES, "a number", "::numeric AS " + number, problems);
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
    } else if (!types.contains(found.get(0).type())) {
      problems.add(
          "column %s is of type %s, needed is %s; write %s%s"
              .formatted(Wording.quoted(name), found.get(0).type(), wanted, name, cast));
    }
  }

  /** Returns the SELECT list that reads the columns from a subquery, keys and texts as text. */
  public String selectList() {
    List<String> items = new ArrayList<>();
    items.add(quoted(key) + "::text");
    items.add(quoted(time));
    texts.forEach(text -> items.add(quoted(text) + "::text"));
    numbers.forEach(number -> items.add(quoted(number)));
    return String.join(", ", items);
  }

  /** Returns the number of columns read. */
  public int count() {
    return 2 + texts.size() + numbers.size();
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
