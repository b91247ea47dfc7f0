package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.sql.TableName;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The text of role.sql: the least privileges, for a file to begin with or for one that is there.
 */
final class RoleFile {
  private static final String READS =
      """
      GRANT USAGE ON SCHEMA analytics TO traffical;
      GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO traffical;
      ALTER DEFAULT PRIVILEGES IN SCHEMA analytics
        GRANT SELECT ON TABLES TO traffical;
      """;

  private static final String READS_OF_READER =
      READS.replace("TO traffical;", "TO traffical_reader;").replaceAll("(?m)^(?=.)", "-- ");

  private static final String TO_REPLACE =
      """
      -- The least privileges that Traffical needs. Run this in psql as a privileged user, after replacing
      -- your_database, analytics (the schema of your data; repeat its three statements for each) and the
      -- password. Afterwards,""";

  private static final String ALL_REPLACED =
      """
      -- The least privileges that Traffical needs for the definitions beside this file. Run it in psql as a
      -- privileged user, after replacing the password. Afterwards,""";

  private RoleFile() {}

  /** Returns the text with names that its reader replaces. */
  static String template() {
    try (InputStream in = RoleFile.class.getResourceAsStream("role.sql")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the text for the database, roles and schemas that the definitions name. */
  static String of(Definitions definitions) {
    Set<String> schemas = schemas(definitions);
    return template()
        .replace(TO_REPLACE, ALL_REPLACED)
        .replace(READS, forEach(schemas, READS))
        .replace(READS_OF_READER, forEach(schemas, READS_OF_READER))
        .replace("your_database", name(definitions.connection().database()))
        .replace("SCHEMA traffical", "SCHEMA " + name(definitions.schema()))
        .replace("ROLE traffical ", "ROLE " + name(definitions.connection().username()) + " ")
        .replace("TO traffical;", "TO " + name(definitions.connection().username()) + ";");
  }

  /** Returns the schemas that the SQL names tables of; an unqualified table is one of public. */
  private static Set<String> schemas(Definitions definitions) {
    return Stream.concat(
            definitions.assignments().values().stream().map(Definitions.Assignments::sql),
            definitions.facts().values().stream().map(Definitions.Fact::sql))
        .flatMap(sql -> TableName.read(sql).stream())
        .map(table -> table.schema() == null ? "public" : table.schema())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String forEach(Set<String> schemas, String statements) {
    return schemas.stream()
        .map(schema -> statements.replace("analytics", name(schema)))
        .collect(Collectors.joining());
  }

  private static String name(String name) {
    return name.matches("[a-z_][a-z0-9_]*") ? name : '"' + name.replace("\"", "\"\"") + '"';
  }
}
