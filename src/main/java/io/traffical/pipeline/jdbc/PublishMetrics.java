package io.traffical.pipeline.jdbc;

import java.util.Map;
import org.apache.flink.metrics.MetricGroup;

/** What a run has published, in Flink's metric system; there once it is committed. */
final class PublishMetrics {
  private PublishMetrics() {}

  /**
   * Shows it.
   *
   * @param publisher the publisher's own group
   * @param published what was published; null if an earlier attempt did, which nobody knows of
   */
  static void show(MetricGroup publisher, Publication.Published published) {
    if (published == null) {
      return;
    }
    MetricGroup group = publisher.addGroup(SliceMetrics.GROUP);
    group.gauge("resultsPublished", published::results);
    group.gauge("rowsLate", published::lateRows);
    group.gauge("definitionsFailed", published::failed);
    group.gauge("runSeconds", published::seconds);
    for (Map.Entry<String, Double> lag : published.lagSeconds().entrySet()) {
      group.addGroup("policy", lag.getKey()).gauge("watermarkLagSeconds", lag::getValue);
    }
  }
}
