package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.ConnectionSettings;
import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Definitions.Assignments;
import io.traffical.pipeline.definition.Definitions.Entity;
import io.traffical.pipeline.definition.Definitions.Pipeline;
import io.traffical.pipeline.definition.Definitions.Policy;
import io.traffical.pipeline.sql.Wording;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;

/**
 * Reads a definition file, with the files that it includes, and checks all of it without a
 * database. {@code ${NAME}} and {@code ${NAME:-default}} in values are replaced from the
 * environment, except in {@code sql}; in a {@code connectionString} they stand for text that is
 * percent-encoded where needed.
 */
public final class DefinitionReader {
  /** The version of a definition file and of those it includes. */
  static final Format<String> VERSIONS = DefinitionReader::version;

  private static final String VERSION = "1.0";
  private static final Pattern SCHEMA = Pattern.compile("[a-z_][a-z0-9_]{0,62}");

  private final Section file;
  private final Path path;
  private final Variables variables;
  private final Names names;
  private final Problems problems;

  /**
   * What a file says and what is wrong with it.
   *
   * @param definitions the definitions; null when there are errors
   * @param problems every error and warning, in the order of the lines; those of the file itself
   *     before those of files that it includes
   * @param places where assignments, facts and metrics stand, by {@code fact "orders"}
   */
  public record Result(Definitions definitions, List<Problem> problems, Map<String, Place> places) {

    /** Returns where a definition stands, such as the fact orders; null when it does not. */
    public Place place(String kind, String name) {
      return places.get(kind + " " + Wording.quoted(name));
    }

    /** Returns whether the file can be used; it may still have warnings. */
    public boolean isValid() {
      return definitions != null;
    }

    /**
     * Returns the definitions.
     *
     * @throws InvalidDefinitionsException when there are errors
     */
    public Definitions orThrow() {
      if (definitions == null) {
        throw new InvalidDefinitionsException(problems);
      }
      return definitions;
    }
  }

  private DefinitionReader(
      Section file, Path path, Variables variables, Names names, Problems problems) {
    this.file = file;
    this.path = path;
    this.variables = variables;
    this.names = names;
    this.problems = problems;
  }

  /**
   * Returns the definitions in the file.
   *
   * @throws InvalidDefinitionsException naming every problem, when there are errors
   */
  public static Definitions read(Path path, Map<String, String> environment) {
    return check(path, environment).orThrow();
  }

  /** Returns the definitions in the file, if it has no errors, and all problems. */
  public static Result check(Path path, Map<String, String> environment) {
    Problems problems = new Problems(path.toString());
    MappingNode root = YamlFile.read(path, problems);
    Names names = new Names();
    Definitions definitions = null;
    if (root != null) {
      Variables variables = new Variables(environment);
      Section file = Section.root(root, variables, problems);
      definitions = new DefinitionReader(file, path, variables, names, problems).definitions();
    }
    return new Result(
        problems.hasErrors() ? null : definitions, problems.sortedByPlace(), names.places());
  }

  private Definitions definitions() {
    file.allow(
        "version",
        "include",
        "connection",
        "source",
        "schema",
        "pipeline",
        "entities",
        "assignments",
        "facts",
        "metrics",
        "policies");
    file.required("version", VERSIONS, "add version: \"1.0\"");
    ConnectionSettings connection = connection();
    ConnectionSettings source =
        file.has("source")
            ? ConnectionReader.override(file.section("source"), connection)
            : connection;
    String schema = file.value("schema", DefinitionReader::schema, "traffical");
    Pipeline pipeline = PipelineReader.read(file.section("pipeline"));
    Map<String, Entity> entities = SourceReader.entities(file);
    Map<String, Assignments> assignments = SourceReader.assignments(file, entities, names);
    DefinedMetrics defined =
        DefinedMetrics.read(path, file, variables, entities, assignments.values(), names);
    Map<String, Policy> policies =
        new PolicyReader(entities, assignments, defined, pipeline).read(file);
    if (policies.isEmpty() && !problems.hasErrors()) {
      problems.warning(
          file.line("policies"), "the file has no policies", "add one to compute results");
    }
    return new Definitions(
        connection,
        source,
        schema,
        pipeline,
        Collections.unmodifiableMap(entities),
        Collections.unmodifiableMap(assignments),
        Collections.unmodifiableMap(defined.facts()),
        Collections.unmodifiableMap(defined.metrics()),
        Collections.unmodifiableMap(policies));
  }

  private ConnectionSettings connection() {
    if (!file.has("connection")) {
      file.reportMissing("connection", "add connection with host, database and username");
      return null;
    }
    return ConnectionReader.read(file.section("connection"));
  }

  private static String version(Scalar scalar) throws RefusedException {
    if (!scalar.value().equals(VERSION)) {
      throw new RefusedException("must be 1.0, found " + scalar.shown(), "write version: \"1.0\"");
    }
    return scalar.value();
  }

  private static String schema(Scalar scalar) throws RefusedException {
    String name = scalar.value();
    boolean isReserved = name.startsWith("pg_") || name.equals("information_schema");
    if (isReserved || !SCHEMA.matcher(name).matches()) {
      throw new RefusedException(
          "must be a plain name, found " + scalar.shown(),
          "use up to 63 small letters, digits and _, not starting with a digit or pg_");
    }
    return name;
  }
}
