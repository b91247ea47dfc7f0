package io.traffical.pipeline.model;

/**
 * What reaches the publisher: exactly one of the three is present.
 *
 * @param report what reading a slice brought
 * @param staged a writer's word that its rows are staged
 * @param result a row to publish
 */
public record RunNote(SliceReport report, StagedRows staged, MetricResult result) {
  /** Wraps a report. */
  public static RunNote of(SliceReport report) {
    return new RunNote(report, null, null);
  }

  /** Wraps a writer's word. */
  public static RunNote of(StagedRows staged) {
    return new RunNote(null, staged, null);
  }

  /** Wraps a result. */
  public static RunNote of(MetricResult result) {
    return new RunNote(null, null, result);
  }
}
