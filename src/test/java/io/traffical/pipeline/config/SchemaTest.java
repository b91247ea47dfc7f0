package io.traffical.pipeline.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** The JSON Schema and the reader agree. */
class SchemaTest {
  /** Mistakes that an editor can see without knowing the rest of the file. */
  private static final Pattern VISIBLE =
      Pattern.compile(
          "unknown key|is not a (map|list);|cannot be \"[^\"]*\"; use |has both (?!comp)"
              + "|(metric|part|step|policy|fact|filter|guardrail|entity|assignment|numerator)[^,;]*"
              + " has no (fact|aggregation|column|operator|entity|startsAt|metric;|sql|keyType)"
              + "|(needs|cannot have) \\w+ because its (aggregation|metricType|operator)"
              + "|must be (a (whole )?number|true or false|between 0 and 1|a duration), found"
              + " (?!the value)");

  private static final Schema DEFINITIONS = Schema.ofDefinitions();
  private static final Schema INCLUDED = Schema.ofIncluded();

  @TempDir private Path directory;

  /** For each map of the schema, by its name there, where it stands; # is an included file. */
  private static final Map<String, String> PLACES =
      Map.ofEntries(
          Map.entry("", "?"),
          Map.entry("connection", "connection: { ? }"),
          Map.entry("source", "source: { ? }"),
          Map.entry("pipeline", "pipeline: { ? }"),
          Map.entry("sequential", "pipeline: { sequential: { ? } }"),
          Map.entry("entity", "entities: { e: { ? } }"),
          Map.entry("assignment", "assignments: { a: { ? } }"),
          Map.entry("fact", "facts: { f: { ? } }"),
          Map.entry("metric", "metrics: { m: { ? } }"),
          Map.entry("filter", "metrics: { m: { filters: [ { ? } ] } }"),
          Map.entry("timeframe", "metrics: { m: { timeframe: { ? } } }"),
          Map.entry("cuped", "metrics: { m: { cuped: { ? } } }"),
          Map.entry("measure", "metrics: { m: { aggregation: ratio, numerator: { ? } } }"),
          Map.entry("step", "metrics: { m: { aggregation: funnel, steps: [ { ? } ] } }"),
          Map.entry("policy", "policies: { p: { ? } }"),
          Map.entry("guardrail", "policies: { p: { guardrails: [ { ? } ] } }"),
          Map.entry("included", "# ?"),
          Map.entry("factSource", "#fact_sources: { f: { ? } }"),
          Map.entry("sourceMeasure", "#fact_sources: { f: { measures: { m: { ? } } } }"),
          Map.entry("sourceDimension", "#fact_sources: { f: { dimensions: { d: { ? } } } }"),
          Map.entry("metricOfSource", "#metrics: { m: { ? } }"),
          Map.entry("dimensionFilter", "#metrics: { m: { filters: [ { ? } ] } }"),
          Map.entry("measureOfSource", "#metrics: { m: { metricType: ratio, numerator: { ? } } }"),
          Map.entry(
              "stepOfSource", "#metrics: { m: { metricType: funnel, funnelSteps: [ { ? } ] } }"));

  private static final String UNKNOWN = "qqqqqqqqqqqqqqqq";

  @Test
  void everyMapOfTheSchemaHasTheKeysThatTheReaderAllows() throws IOException {
    Set<String> maps = new TreeSet<>(List.of(""));
    for (Map.Entry<String, JsonNode> def : DEFINITIONS.document().get("$defs").properties()) {
      if (def.getValue().findValue("properties") != null) {
        maps.add(def.getKey());
      }
    }
    assertThat(PLACES.keySet()).containsExactlyInAnyOrderElementsOf(maps);
    for (String map : maps) {
      Set<String> keys = new TreeSet<>();
      keysOf(map).fieldNames().forEachRemaining(keys::add);
      assertThat(
              listedByTheReader(
                  map,
                  UNKNOWN + ": 1",
                  "unknown key (?:%s|\\(not a name\\)); the keys here are (.*)\\."))
          .as(map)
          .isEqualTo(keys);
    }
  }

  @Test
  void everyChoiceOfTheSchemaIsTheReaders() throws IOException {
    List<String> choices = new ArrayList<>();
    for (String map : PLACES.keySet()) {
      for (Map.Entry<String, JsonNode> key : keysOf(map).properties()) {
        JsonNode words = followed(key.getValue()).path("anyOf").path(0).path("enum");
        if (words.isArray()) {
          Set<String> expected = new TreeSet<>();
          words.forEach(word -> expected.add(word.asText()));
          choices.add(key.getKey());
          String written = key.getKey() + ": " + UNKNOWN;
          assertThat(listedByTheReader(map, written, key.getKey() + " .*cannot be %s; use (.*)\\."))
              .as(map + "." + key.getKey())
              .isEqualTo(expected);
        }
      }
    }
    assertThat(choices)
        .contains("aggregation", "metricType", "operator", "correction", "sslMode", "type");
  }

  /** Returns the words that the reader lists when it finds one that it does not know. */
  private Set<String> listedByTheReader(String map, String written, String message)
      throws IOException {
    String yaml = PLACES.get(map).replace("?", written);
    Path file = directory.resolve("traffical.yaml");
    Files.writeString(directory.resolve("metrics.yaml"), yaml.replaceFirst("^# ?", ""));
    Files.writeString(file, yaml.startsWith("#") ? "include: metrics.yaml\n" : yaml);
    Pattern pattern = Pattern.compile(message.formatted("\"" + UNKNOWN + "\""));
    for (String found : BrokenDefinitionsTest.texts(file)) {
      Matcher matcher = pattern.matcher(found);
      if (matcher.find()) {
        return new TreeSet<>(List.of(matcher.group(1).split(", | and | or ")));
      }
    }
    throw new AssertionError("nothing is listed for " + yaml);
  }

  private static JsonNode keysOf(String map) {
    JsonNode root = DEFINITIONS.document();
    return (map.isEmpty() ? root : root.get("$defs").get(map)).findValue("properties");
  }

  private static JsonNode followed(JsonNode node) {
    return node.has("$ref")
        ? DEFINITIONS.document().at(node.get("$ref").asText().substring(1))
        : node;
  }

  @ParameterizedTest
  @MethodSource({"files", "examples", "metrics"})
  void acceptsWhatTheReaderAccepts(String name, String yaml) {
    assertThat(DEFINITIONS.problems(yaml)).as(name).isEmpty();
  }

  /** Every definition file of the repository, and every one that the README shows. */
  static Stream<Arguments> files() throws IOException {
    List<Arguments> files = new ArrayList<>();
    for (String root : List.of("src/main/resources", "src/test/resources")) {
      if (Files.exists(Path.of(root))) {
        try (Stream<Path> paths = Files.walk(Path.of(root))) {
          for (Path path : paths.filter(p -> p.toString().matches(".*\\.ya?ml")).toList()) {
            files.add(arguments(path.toString(), filled(Files.readString(path))));
          }
        }
      }
    }
    assertThat(files).hasSizeGreaterThanOrEqualTo(2);
    for (String block : readme()) {
      if (!block.contains("fact_sources:")) {
        files.add(arguments("README.md", block));
      }
    }
    return files.stream();
  }

  private static List<String> readme() throws IOException {
    Pattern block = Pattern.compile("(?s)```yaml\n(version: .*?)```");
    String readme = Files.readString(Path.of("README.md"));
    return block.matcher(readme).results().map(found -> found.group(1)).toList();
  }

  @Test
  void theReadmeShowsFilesThatAreValid() throws IOException {
    List<String> blocks = readme();
    assertThat(blocks).hasSize(2);
    Path file = Files.writeString(directory.resolve("traffical.yaml"), blocks.get(0));
    Path included = Files.writeString(directory.resolve("metrics.yaml"), blocks.get(1));
    Path including =
        Files.writeString(
            directory.resolve("including.yaml"),
            IncludeTest.HEAD.replace("goal: revenue", "goal: paid_revenue")
                + "include: "
                + included.getFileName());
    Map<String, String> environment = Map.of("TRAFFICAL_PASSWORD", "x");

    assertThat(DefinitionReader.check(file, environment).problems()).isEmpty();
    assertThat(DefinitionReader.check(including, environment).problems()).isEmpty();
    assertThat(INCLUDED.problems(blocks.get(1))).isEmpty();
  }

  private static String filled(String template) {
    return template.replace("DEMO_PORT", "5432").replace("DEMO_START", "2026-01-01T00:00:00Z");
  }

  static Stream<Arguments> examples() {
    return Stream.of(
        arguments("smallest", DefinitionReaderTest.SMALLEST),
        arguments("full", DefinitionReaderTest.FULL),
        arguments("native", IncludeTest.HEAD + IncludeTest.NATIVE),
        arguments("include", IncludeTest.HEAD + "include: [metrics.yaml]"),
        arguments("good", BrokenDefinitionsTest.GOOD));
  }

  static Stream<Arguments> metrics() {
    return Stream.of(
            MetricReaderTest.simple(),
            MetricReaderTest.filtered(),
            MetricReaderTest.ofSeveralFacts())
        .flatMap(rows -> rows)
        .map(row -> (String) row.get()[0])
        .map(metric -> arguments(metric, MetricReaderTest.FILE.replace("METRIC", metric)));
  }

  @Test
  void acceptsTrafficalsForm() {
    assertThat(INCLUDED.problems(IncludeTest.TRAFFICAL)).isEmpty();
    assertThat(INCLUDED.problems(BrokenIncludeTest.INCLUDED)).isEmpty();
    assertThat(INCLUDED.problems(IncludeTest.TRAFFICAL.replace("metricType: sum", "sum: 1")))
        .isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource({"broken", "brokenMetrics", "brokenIncluded"})
  void refusesVisibleMistakesAndNothingThatTheReaderAccepts(
      String yaml, List<String> messages, Schema schema) {
    if (messages.stream().anyMatch(text -> text.contains("nested too deeply"))) {
      return;
    }
    boolean isAccepted = messages.stream().allMatch(text -> text.contains(": warning: "));
    List<String> problems;
    try {
      problems = schema.problems(yaml);
    } catch (YamlEngineException e) {
      return;
    }
    if (isAccepted) {
      assertThat(problems).isEmpty();
    } else if (messages.stream().anyMatch(text -> VISIBLE.matcher(text).find())) {
      assertThat(problems).as(String.join("\n", messages)).isNotEmpty();
    }
  }

  static Stream<Arguments> broken() {
    return Stream.of(
            BrokenDefinitionsTest.top(),
            BrokenDefinitionsTest.connections(),
            BrokenDefinitionsTest.pipelines(),
            BrokenDefinitionsTest.sources(),
            BrokenDefinitionsTest.metrics(),
            BrokenDefinitionsTest.policies(),
            BrokenDefinitionsTest.yaml(),
            BrokenAnalysisTest.pipelines(),
            BrokenAnalysisTest.sources(),
            BrokenAnalysisTest.roles(),
            BrokenAnalysisTest.statistics())
        .flatMap(rows -> rows)
        .map(row -> changed(BrokenDefinitionsTest.GOOD, row, DEFINITIONS));
  }

  static Stream<Arguments> brokenMetrics() {
    return Stream.of(
            BrokenMetricsTest.combinations(),
            BrokenMetricsTest.values(),
            BrokenMetricsTest.timeframes(),
            BrokenMetricsTest.filters(),
            BrokenMetricsTest.ratios(),
            BrokenMetricsTest.funnels())
        .flatMap(rows -> rows)
        .map(Arguments::get)
        .map(
            row ->
                arguments(
                    MetricReaderTest.FILE.replace("METRIC", "{ " + row[0] + " }"),
                    row[1],
                    DEFINITIONS));
  }

  static Stream<Arguments> brokenIncluded() {
    return Stream.of(
            BrokenIncludeTest.files(), BrokenIncludeTest.sources(), BrokenIncludeTest.metrics())
        .flatMap(rows -> rows)
        .map(row -> changed(BrokenIncludeTest.INCLUDED, row, INCLUDED));
  }

  private static Arguments changed(String good, Arguments row, Schema schema) {
    Object[] change = row.get();
    String broken = good.replace((String) change[0], (String) change[1]);
    return arguments(broken, change[2], schema);
  }
}
