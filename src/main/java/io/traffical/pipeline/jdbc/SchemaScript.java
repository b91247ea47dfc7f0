package io.traffical.pipeline.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The statements that create the program's tables, and what they create. */
final class SchemaScript {
  private static final String SCHEMA = "${schema}";
  private static final Pattern RELATION =
      Pattern.compile("CREATE (?:TABLE|VIEW) \\$\\{schema}\\.(\\w+).*");
  private static final Pattern COLUMN =
      Pattern.compile("  ([a-z_]+) ([a-z]+(?: precision)?(?:\\[])?)(?: .*|,|)");

  private final String text;

  /**
   * A column of one of the tables.
   *
   * @param type as the script names it
   */
  record TableColumn(String table, String name, String type) {}

  private SchemaScript(String text) {
    this.text = text;
  }

  /** Reads the script of this program's version. */
  static SchemaScript read() {
    try (InputStream in =
        SchemaScript.class.getResourceAsStream("schema-" + Schema.VERSION + ".sql")) {
      return new SchemaScript(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new IllegalStateException("the jar holds its schema", e);
    }
  }

  /** Returns the statements for a schema. */
  String of(String schema) {
    return text.replace(SCHEMA, Tables.identifier(schema));
  }

  /** Returns the names of the tables and views. */
  List<String> relations() {
    return text.lines()
        .map(RELATION::matcher)
        .filter(Matcher::matches)
        .map(m -> m.group(1))
        .toList();
  }

  /** Returns the columns of the tables that have a line for each. */
  List<TableColumn> columns() {
    List<TableColumn> columns = new ArrayList<>();
    String table = null;
    for (String line : text.lines().toList()) {
      Matcher relation = RELATION.matcher(line);
      if (relation.matches()) {
        table = line.startsWith("CREATE TABLE") && line.endsWith("(") ? relation.group(1) : null;
      }
      Matcher column = COLUMN.matcher(line);
      if (table != null && column.matches()) {
        columns.add(new TableColumn(table, column.group(1), column.group(2)));
      } else if (line.startsWith(")")) {
        table = null;
      }
    }
    return columns;
  }
}
