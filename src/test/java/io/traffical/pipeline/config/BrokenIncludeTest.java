package io.traffical.pipeline.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Mistakes in what is included and how, and the exact messages with the file that has them. */
class BrokenIncludeTest {
  static final String INCLUDED =
      """
      version: "1.0"
      fact_sources:
        orders:
          sql: SELECT 1 WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
          timestamp_column: created_at
          measures: [ { column: order_total, name: total } ]
          dimensions: [ { column: status } ]
      metrics:
        revenue: { metricType: sum, fact: orders, measure: total }
      """;

  @TempDir private Path directory;

  @ParameterizedTest
  @MethodSource("paths")
  void namesThePathThatCannotBeIncluded(String include, String message) throws IOException {
    Files.writeString(directory.resolve("metrics.yaml"), INCLUDED);
    Files.createDirectories(directory.resolve("more"));

    assertThat(texts("include: " + include + "\n")).contains("traffical.yaml:14: " + message);
  }

  static Stream<Arguments> paths() {
    String remedy = "; write a path relative to this file, such as metrics.yaml.";
    return Stream.of(
        arguments("other.yaml", "include names \"other.yaml\", which does not exist" + remedy),
        arguments("[metrics.yaml, more]", "include names \"more\", which is a directory" + remedy),
        arguments("traffical.yaml", "include names this file itself; remove it."),
        arguments(
            "[metrics.yaml, more/../metrics.yaml]",
            "include names \"more/../metrics.yaml\" twice; remove it."),
        arguments("\"\\0\"", "include is not a path; write the path of a metrics.yaml."),
        arguments("{ a: b }", "include must be a single value, found a map; write one value."),
        arguments("", "include has no value; write one, or remove the key."));
  }

  @ParameterizedTest
  @MethodSource({"files", "sources", "metrics"})
  void namesPlaceFaultAndRemedy(String good, String broken, List<String> messages)
      throws IOException {
    assertThat(INCLUDED).contains(good);
    Files.writeString(directory.resolve("metrics.yaml"), INCLUDED.replace(good, broken));

    assertThat(texts("include: metrics.yaml\n")).containsExactlyElementsOf(messages);
  }

  static Stream<Arguments> files() {
    return Stream.of(
        row(INCLUDED, "", " the file is empty; write definitions into it."),
        row("version: \"1.0\"\n", "", "1: the file has no version; add version: \"1.0\"."),
        row("\"1.0\"", "\"2.0\"", "1: version must be 1.0, found \"2.0\"; write version: \"1.0\"."),
        row(
            "fact_sources:",
            "facts: {}\nfact_sources:",
            "2: unknown key \"facts\"; the keys here are version, fact_sources and metrics."));
  }

  static Stream<Arguments> sources() {
    String time = "timestamp_column: created_at";
    String measures = "[ { column: order_total, name: total } ]";
    return Stream.of(
        row(
            time,
            "timestampColumn: created_at",
            "3: fact \"orders\" has no timestamp_column; add timestamp_column: event_time, for"
                + " example.",
            "5: unknown key \"timestampColumn\"; did you mean \"timestamp_column\"?"),
        row(
            time,
            "timestamp_column: user_id",
            "5: timestamp_column of fact \"orders\" is also the key column of entity \"user\"; name"
                + " the column with the time of the fact."),
        row(
            time,
            time + "\n    entity: usr",
            "6: entity of fact \"orders\" names the entity \"usr\", which is not defined; did you"
                + " mean \"user\"?"),
        row(
            measures,
            "[ { name: total }, { column: total, type: decimal, unit: EUR } ]",
            "6: measure 1 of fact \"orders\" has no column; name a column of the fact's SQL.",
            "6: unknown key \"unit\"; the keys here are column, type, displayName and"
                + " desiredDirection.",
            "6: type of measure 2 of fact \"orders\" cannot be \"decimal\"; use int64, float64,"
                + " string, boolean, timestamp or date."),
        row(
            measures,
            "[ { column: a, name: total }, { column: b, name: total } ]",
            "6: measure 2 of fact \"orders\" has the name \"total\" again; give it another name."),
        row(
            measures,
            "total",
            "6: measures of fact \"orders\" is not a list; write [a, b] or a line \"- a\" each."));
  }

  static Stream<Arguments> metrics() {
    String revenue = "revenue: { metricType: sum, fact: orders, measure: total }";
    return Stream.of(
        row(
            "measure: total",
            "measure: totl",
            "9: measure of metric \"revenue\" names the measure \"totl\", which fact \"orders\" does"
                + " not have; did you mean \"total\"?"),
        row(
            "measure: total",
            "measure: price",
            "9: measure of metric \"revenue\" names the measure \"price\", which fact \"orders\" does"
                + " not have; use total or order_total, or add it to its measures."),
        row(
            "measure: total",
            "valueColumn: total",
            "9: unknown key \"valueColumn\"; the keys here are fact, metricType, measure,"
                + " funnelSteps, filters, timeframe, completedOnly, winsorizeAt, percentile, of,"
                + " numerator, denominator, cuped, per, desiredDirection, unit, display_name, displayName,"
                + " event, certified and description.",
            "9: metric \"revenue\" needs measure because its metricType is sum; add measure, or use"
                + " metricType: count."),
        row(
            "measure: total",
            "measure: total, certified: yes",
            "9: certified of metric \"revenue\" must be true or false, found \"yes\"; write one,"
                + " without quotes."),
        row(
            revenue,
            "revenue: { metricType: sum, event: purchase, unit: USD }",
            "9: metric \"revenue\" is of the event \"purchase\", and only facts can be read here; add"
                + " a fact source whose SQL returns the event's rows, and name it as fact."),
        row(
            revenue,
            "revenue: { metricType: funnel, funnelSteps: [ { event: view }, { fact: orders } ] }",
            "9: step 1 of metric \"revenue\" is of the event \"view\", and only facts can be read"
                + " here; add a fact source whose SQL returns the event's rows, and name it as"
                + " fact."),
        row(
            revenue,
            "revenue: { metricType: composite, fact: orders }",
            "9: metricType of metric \"revenue\" cannot be \"composite\"; use conversion_rate, sum,"
                + " count, count_distinct, ratio, percentile or funnel."),
        row(
            revenue,
            "revenue: { metricType: count, fact: orders, filters: [ { column: status, operator:"
                + " equals, values: [paid] }, { dimension: created_at, operator: equals, values: [x]"
                + " } ] }",
            "9: unknown key \"column\"; the keys here are dimension, operator, values and value.",
            "9: filter 1 of metric \"revenue\" has no dimension; add a column of the fact's SQL.",
            "9: dimension of filter 2 of metric \"revenue\" is the timestampColumn of fact"
                + " \"orders\"; limit the time by timeframe, or by the policy's startsAt and"
                + " endsAt."),
        row(
            "  " + revenue,
            "  - { metricType: sum, fact: orders, measure: total }",
            "9: metric 1 has no name; add name."));
  }

  @Test
  void namesBothPlacesOfADefinitionThatComesTwice() throws IOException {
    Files.writeString(directory.resolve("metrics.yaml"), INCLUDED);
    Files.writeString(
        directory.resolve("more.yaml"),
        """
        version: "1.0"
        metrics:
        - { name: revenue, metricType: count, fact: orders }
        - { name: orders, metricType: count, fact: orders }
        - { name: orders, metricType: count, fact: orders }
        """);
    String own =
        """
        facts:
          orders:
            entity: user
            sql: SELECT 1 WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
        include: [metrics.yaml, more.yaml]
        """;

    assertThat(texts(own))
        .containsExactly(
            "metrics.yaml:3: fact \"orders\" is defined twice, first at traffical.yaml:15; rename"
                + " one of them, or remove it.",
            "more.yaml:3: metric \"revenue\" is defined twice, first at metrics.yaml:9; rename one"
                + " of them, or remove it.",
            "more.yaml:5: metric \"orders\" is defined twice, first at more.yaml:4; rename one of"
                + " them, or remove it.");
  }

  @Test
  void needsAnEntityWhenThereAreSeveral() throws IOException {
    Files.writeString(directory.resolve("metrics.yaml"), INCLUDED);
    String head = IncludeTest.HEAD.replace("entities:", "entities:\n  company: { column: c }");

    assertThat(textsOf(head + "include: metrics.yaml\n"))
        .containsExactly("metrics.yaml:3: fact \"orders\" has no entity; name one of entities.");
  }

  @Test
  void countsFiltersOverAllFiles() throws IOException {
    Files.writeString(
        directory.resolve("metrics.yaml"),
        INCLUDED.replace(
            "measure: total",
            "measure: total, filters: [ { dimension: a, operator: equals, value: x } ]"));
    String own = "metrics: { m: " + MetricReaderTest.filters(62) + " }\ninclude: metrics.yaml\n";

    assertThat(texts(own))
        .containsExactly(
            "metrics.yaml:9: metric \"revenue\" is one too many: the metrics of fact \"orders\" have"
                + " more than 62 different filters; define another fact, whose SQL has the"
                + " conditions.");
  }

  private static Arguments row(String good, String broken, String... messages) {
    return arguments(good, broken, Stream.of(messages).map(m -> "metrics.yaml:" + m).toList());
  }

  private List<String> texts(String included) throws IOException {
    return textsOf(IncludeTest.HEAD + included);
  }

  /** Returns the messages without the directory; the metric that a policy names is there or not. */
  private List<String> textsOf(String text) throws IOException {
    Path file = directory.resolve("traffical.yaml");
    Files.writeString(file, text.replace("    goal: revenue\n", ""));
    return DefinitionReader.check(file, Map.of()).problems().stream()
        .map(problem -> problem.text().replace(directory + "/", ""))
        .toList();
  }
}
