package io.traffical.pipeline.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A metric with a mistake each, and the exact messages that it must bring. */
class BrokenMetricsTest {
  private static final String SUM = "fact: orders, aggregation: sum, valueColumn: total";
  private static final String COUNT = "fact: orders, aggregation: count";
  private static final String PERCENTILE =
      "fact: orders, aggregation: percentile, valueColumn: total";

  @TempDir private Path directory;

  @ParameterizedTest
  @MethodSource({"combinations", "values", "timeframes", "filters", "ratios", "funnels"})
  void namesPlaceFaultAndRemedy(String metric, List<String> messages) throws IOException {
    Path file = directory.resolve("traffical.yaml");
    Files.writeString(file, MetricReaderTest.FILE.replace("METRIC", "{ " + metric + " }"));

    assertThat(BrokenDefinitionsTest.texts(file))
        .containsExactlyElementsOf(messages.stream().map(text -> "18: " + text).toList());
  }

  static Stream<Arguments> combinations() {
    return Stream.of(
        row(
            "fact: orders, aggregation: mean",
            "aggregation of metric \"m\" cannot be \"mean\"; use conversion_rate, sum, count,"
                + " count_distinct, ratio, percentile or funnel."),
        row(
            "fact: orders",
            "metric \"m\" has no aggregation; add aggregation: conversion_rate, sum or count, for"
                + " example."),
        row(
            "fact: orders, aggregation: count_distinct",
            "metric \"m\" needs valueColumn because its aggregation is count_distinct; add"
                + " valueColumn."),
        row(
            "fact: orders, aggregation: conversion_rate, valueColumn: total",
            "metric \"m\" cannot have valueColumn because its aggregation is conversion_rate; remove"
                + " valueColumn, or use aggregation: sum, count_distinct or percentile."),
        row(
            "fact: orders, aggregation: percentile",
            "metric \"m\" needs valueColumn because its aggregation is percentile; add valueColumn.",
            "metric \"m\" needs percentile because its aggregation is percentile; add percentile:"
                + " 0.9, for example."),
        row(
            COUNT + ", percentile: 0.9, of: events",
            "metric \"m\" cannot have percentile because its aggregation is count; remove"
                + " percentile, or use aggregation: percentile.",
            "metric \"m\" cannot have of because its aggregation is count; remove of, or use"
                + " aggregation: percentile."),
        row(
            PERCENTILE + ", percentile: 0.9, winsorizeAt: 0.99",
            "metric \"m\" cannot have winsorizeAt because its aggregation is percentile, which the"
                + " largest values do not move; remove winsorizeAt."),
        row(
            "fact: orders, aggregation: conversion_rate, winsorizeAt: 0.99",
            "metric \"m\" cannot have winsorizeAt because its aggregation is conversion_rate, whose"
                + " values are 0 or 1; remove winsorizeAt."),
        row(
            PERCENTILE + ", percentile: 0.9, cuped: { lookbackDays: 14 }",
            "metric \"m\" cannot have cuped because its aggregation is percentile, and CUPED is"
                + " offered for means (sum, count) and conversion rates; remove cuped."),
        row(
            COUNT + ", per: company, winsorizeAt: 0.9, cuped: {}",
            "metric \"m\" cannot have winsorizeAt because it is counted per user of a cluster; remove"
                + " winsorizeAt, or remove per.",
            "metric \"m\" cannot have cuped because it is counted per user of a cluster; remove"
                + " cuped, or remove per."),
        row(
            PERCENTILE + ", percentile: 0.9, per: company",
            "metric \"m\" cannot have per because its aggregation is percentile; remove per, or use"
                + " aggregation: sum, count or conversion_rate."),
        row(
            "fact: carts, aggregation: count, per: company",
            "per of metric \"m\" names the entity \"company\", whose keys its fact does not carry; add"
                + " it to entities of fact \"carts\"."),
        row(
            COUNT + ", numerator: { fact: orders }, steps: []",
            "metric \"m\" cannot have numerator because its aggregation is count; remove numerator,"
                + " or use aggregation: ratio.",
            "metric \"m\" cannot have steps because its aggregation is count; remove steps, or use"
                + " aggregation: funnel."));
  }

  static Stream<Arguments> values() {
    return Stream.of(
        row(
            PERCENTILE + ", percentile: 90",
            "percentile of metric \"m\" must be between 0 and 1, found \"90\"; use 0.9 for the 90th"
                + " percentile."),
        row(
            PERCENTILE + ", percentile: 0.9, of: rows",
            "of of metric \"m\" cannot be \"rows\"; use events or units."),
        row(
            SUM + ", winsorizeAt: 1",
            "winsorizeAt of metric \"m\" must be between 0 and 1, found \"1\"; use 0.99 for the 99th"
                + " percentile."),
        row(
            SUM + ", cuped: { lookbackDays: 0 }",
            "lookbackDays of cuped of metric \"m\" must be 1 to 365, found \"0\"; use 14, for"
                + " example."),
        row(
            SUM + ", cuped: true",
            "cuped of metric \"m\" is not a map; write its keys below it, indented."),
        row(
            SUM + ", desiredDirection: up",
            "desiredDirection of metric \"m\" cannot be \"up\"; use increase or decrease."),
        row(
            SUM + ", unit: \"\"",
            "unit of metric \"m\" must be one line of 1 to 200 characters, found \"\"; shorten it."),
        row(
            SUM + ", display_name: A, displayName: B",
            "metric \"m\" has both display_name and displayName; keep display_name."));
  }

  static Stream<Arguments> timeframes() {
    return Stream.of(
        row(
            COUNT + ", timeframe: { startDays: -1 }",
            "startDays of timeframe of metric \"m\" must be 0 to 36500, found \"-1\"; write days of"
                + " 24 hours as a whole number."),
        row(
            COUNT + ", timeframe: { startDays: 7, endDays: 7 }",
            "endDays of timeframe of metric \"m\" must be more than startDays, which is 7, found"
                + " \"7\"; write endDays: 7 for the first week."),
        row(
            COUNT + ", timeframe: { endDays: 1.5 }",
            "endDays of timeframe of metric \"m\" must be a whole number, found \"1.5\"; write one"
                + " such as 2, without quotes."),
        row(
            COUNT + ", timeframe: { startDays: 1, completedOnly: true }",
            "metric \"m\" has completedOnly without an end of its timeframe; add timeframe: {"
                + " endDays: 7 }, or remove completedOnly."),
        row(
            COUNT + ", completedOnly: true",
            "metric \"m\" has completedOnly without an end of its timeframe; add timeframe: {"
                + " endDays: 7 }, or remove completedOnly."),
        row(
            COUNT + ", timeframe: { endDays: 7, completedOnly: true }, completedOnly: true",
            "metric \"m\" has completedOnly twice; keep the one in its timeframe."),
        row(
            COUNT + ", timeframe: { endDays: 7, completedOnly: \"true\" }",
            "completedOnly of timeframe of metric \"m\" must be true or false, found the text"
                + " \"true\"; write one, without quotes."));
  }

  static Stream<Arguments> filters() {
    return Stream.of(
        filter(
            "operator: equals, value: x",
            "filter 1 of metric \"m\" has no column; add a column of the fact's SQL."),
        filter(
            "column: a, value: x",
            "filter 1 of metric \"m\" has no operator; add equals, not_equals, in or not_in."),
        filter(
            "column: a, operator: like, value: x",
            "operator of filter 1 of metric \"m\" cannot be \"like\"; use equals, not_equals, in or"
                + " not_in."),
        filter(
            "column: a, operator: in",
            "filter 1 of metric \"m\" has no value; add values: [a, b], or value: a."),
        filter(
            "column: a, operator: in, values: [x], value: x",
            "filter 1 of metric \"m\" has both values and value; keep one of them."),
        filter(
            "column: a, operator: in, values: []",
            "filter 1 of metric \"m\" needs values because its operator is in, found none; add what"
                + " the column is compared with."),
        filter(
            "column: a, operator: equals, values: []",
            "filter 1 of metric \"m\" needs one value because its operator is equals, found none;"
                + " add what the column is compared with."),
        filter(
            "column: a, operator: not_equals, values: [x, y]",
            "filter 1 of metric \"m\" needs one value because its operator is not_equals, found 2;"
                + " use operator: not_in."),
        filter(
            "column: a, operator: in, values: [x, ~]",
            "values of filter 1 of metric \"m\" has no value; write one, or remove the key."),
        filter(
            "column: a, operator: in, values: x",
            "values of filter 1 of metric \"m\" is not a list; write [a, b] or a line \"- a\""
                + " each."),
        filter(
            "column: event_time, operator: equals, value: x",
            "column of filter 1 of metric \"m\" is the timestampColumn of fact \"orders\"; limit the"
                + " time by timeframe, or by the policy's startsAt and endsAt."),
        filter(
            "dimension: a, operator: equals, value: x",
            "unknown key \"dimension\"; the keys here are column, operator, values and value.",
            "filter 1 of metric \"m\" has no column; add a column of the fact's SQL."),
        row(
            COUNT + ", filters: { column: a }",
            "filters of metric \"m\" is not a list; write [a, b] or a line \"- a\" each."),
        row(
            COUNT + ", filters: [ a ]",
            "filter 1 of metric \"m\" is not a map; write its keys below it, indented."),
        row(
            MetricReaderTest.filters(63).replaceAll("^\\{|}$", ""),
            "metric \"m\" is one too many: the metrics of fact \"orders\" have more than 62 different"
                + " filters; define another fact, whose SQL has the conditions."));
  }

  private static Arguments filter(String filter, String... messages) {
    return row(COUNT + ", filters: [ { " + filter + " } ]", messages);
  }

  static Stream<Arguments> ratios() {
    String parts = "numerator: { fact: orders }, denominator: { fact: carts }";
    return Stream.of(
        row(
            "aggregation: ratio",
            "metric \"m\" needs numerator because its aggregation is ratio; add numerator: { fact:"
                + " NAME, valueColumn: COLUMN }.",
            "metric \"m\" needs denominator because its aggregation is ratio; add denominator: {"
                + " fact: NAME }."),
        row(
            "aggregation: ratio, fact: orders, valueColumn: total, " + parts,
            "metric \"m\" cannot have fact because its aggregation is ratio, whose facts are those of"
                + " numerator and denominator; move it there.",
            "metric \"m\" cannot have valueColumn because its aggregation is ratio, whose facts are"
                + " those of numerator and denominator; move it there."),
        row(
            "aggregation: ratio, numerator: { valueColumn: event_time, fact: orders }, denominator:"
                + " { fact: cart, unit: EUR }",
            "valueColumn of numerator of metric \"m\" is the timestampColumn of fact \"orders\"; name"
                + " a numeric column.",
            "unknown key \"unit\"; the keys here are fact, valueColumn and filters.",
            "fact of denominator of metric \"m\" names the fact \"cart\", which is not defined; did"
                + " you mean \"carts\"?"),
        row(
            "aggregation: ratio, cuped: { lookbackDays: 7 }, " + parts,
            "metric \"m\" cannot have cuped because its aggregation is ratio, and CUPED is offered"
                + " for means (sum, count) and conversion rates; remove cuped."));
  }

  static Stream<Arguments> funnels() {
    return Stream.of(
        row(
            "aggregation: funnel",
            "metric \"m\" needs steps because its aggregation is funnel; add steps: [{ fact: NAME },"
                + " { fact: NAME }]."),
        row(
            "aggregation: funnel, steps: [ { fact: orders } ]",
            "steps of metric \"m\" must be 2 to 20 steps, found 1; add steps, or use aggregation:"
                + " conversion_rate."),
        row(
            "aggregation: funnel, steps: [" + " { fact: orders },".repeat(21) + " ]",
            "steps of metric \"m\" must be 2 to 20 steps, found 21; keep the steps that matter."),
        row(
            "aggregation: funnel, fact: orders, winsorizeAt: 0.9, steps: [ { fact: carts, valueColumn:"
                + " a }, {} ]",
            "metric \"m\" cannot have fact because its aggregation is funnel, whose facts are those"
                + " of steps; move it there.",
            "metric \"m\" cannot have winsorizeAt because its aggregation is funnel, whose values are"
                + " 0 or 1; remove winsorizeAt.",
            "unknown key \"valueColumn\"; the keys here are fact and filters.",
            "step 2 of metric \"m\" has no fact; name one of facts."));
  }

  private static Arguments row(String metric, String... messages) {
    return arguments(metric, List.of(messages));
  }
}
